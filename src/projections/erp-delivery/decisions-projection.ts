import { decide } from '../../domain/delivery/decide.js';
import { type DecisionEvent, decisionsStream } from '../../domain/delivery/decisions/events.js';
import {
  isInPeriod,
  isStanding,
  type ManyDecision,
  mayMatch,
  waitsForSecond,
  writtenOffAlone,
} from '../../domain/delivery/decisions/state.js';
import {
  DELIVERY_PARTITIONS,
  deliveryStream,
  deliveryStreamsOf,
  partitionNamedBy,
  partitionOf,
} from '../../domain/delivery/partitions.js';
import type { DeliveryState, ParkedPosting } from '../../domain/delivery/state.js';
import { summariesStream } from '../../domain/delivery/summaries/summary.js';
import { NOTHING, plus, WriteOffLimit, worthOf } from '../../domain/delivery/worth.js';
import { Rejected } from '../../domain/rejected.js';
import type { Posting } from '../../domain/valuation/events.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import { DecisionsLog } from '../../streams/decision-streams.js';
import { appendDeliveries, loadDeliveries, readOn } from '../../streams/delivery-streams.js';
import { postingsIn } from '../../streams/posting-reader.js';
import { SummariesLog } from '../../streams/summaries-log.js';
import type { Projection } from '../run.js';

/** What says that something has been done, not that something is to be. */
const CARRIED_OUT: ReadonlySet<string> = new Set<DecisionEvent['type']>(['DecisionApplied', 'WrittenOffByOne']);

/** A posting that waits for a person, and what is known of it. */
interface Waiting {
  readonly stream: string;
  readonly parked: ParkedPosting;
  readonly posting: Posting;
  readonly position: Position;
  /** The entry that it is summed in, as long as that may be in the ERP or get there yet. */
  readonly inEntry: string | undefined;
}

/** Carries out what people have decided about many postings: on what is parked then, and on what parks afterwards. */
export class DecisionsProjection implements Projection {
  readonly name: string;
  readonly streamPrefixes: readonly string[];
  private readonly log: DecisionsLog;
  private states = new Map<number, DeliveryState>();
  /** Valuation streams in which something has parked that was not looked at yet. */
  private readonly toLookAt = new Set<string>();
  /** Those that can only be tried again, until the ERP has refused their entry. */
  private readonly inDoubt = new Set<string>();
  private readonly summaries: SummariesLog;

  constructor(
    private readonly store: EventStore,
    private readonly connector: string,
    private readonly clock: Clock,
  ) {
    this.name = `decisions-${connector}`;
    this.streamPrefixes = [deliveryStreamsOf(connector), decisionsStream(connector), summariesStream(connector)];
    this.summaries = new SummariesLog(store, connector);
    this.log = new DecisionsLog(store, connector);
  }

  async start(): Promise<Position> {
    const position = await this.store.head([]);
    this.states.clear();
    await this.log.readOn();
    await this.lookAtAll();
    return position;
  }

  async handle({ events }: SubscriptionBatch): Promise<void> {
    let isNew = false;
    for (const { stream, type, data } of events) {
      if (stream === decisionsStream(this.connector)) isNew ||= !CARRIED_OUT.has(type);
      else if (stream === summariesStream(this.connector)) this.noteSummary(type);
      else if (type === 'Parked' && partitionNamedBy(stream).connector === this.connector) {
        this.toLookAt.add((data.valuation as { stream: string }).stream);
      }
    }
    if (isNew) {
      await this.log.readOn();
      await this.lookAtAll();
    }
    await this.carryOut();
  }

  async idle(): Promise<void> {
    await this.carryOut();
  }

  private noteSummary(type: string): void {
    if (type !== 'Dissolved') return;
    for (const stream of this.inDoubt) this.toLookAt.add(stream);
    this.inDoubt.clear();
  }

  private get standing(): readonly ManyDecision[] {
    const now = this.clock.now();
    return [...this.log.decisions.values()].filter((each) => isStanding(each, now)).reverse();
  }

  private async lookAtAll(): Promise<void> {
    if (this.standing.length === 0) return;
    for (let partition = 0; partition < DELIVERY_PARTITIONS; partition += 1) {
      for (const [stream, { parked }] of (await this.stateOf(partition)).standstills) {
        if (parked !== undefined) this.toLookAt.add(stream);
      }
    }
  }

  private async stateOf(partition: number): Promise<DeliveryState> {
    const stream = deliveryStream(this.connector, partition);
    const known = this.states.get(partition);
    const state =
      known === undefined ? await loadDeliveries(this.store, stream) : (await readOn(this.store, stream, known)).state;
    this.states.set(partition, state);
    return state;
  }

  private async carryOut(): Promise<void> {
    for (const stream of this.toLookAt) {
      if (this.standing.length > 0) await this.lookAt(stream);
      this.toLookAt.delete(stream);
    }
  }

  /** The newest decision that is about the posting is carried out on it, once each time it parks. */
  private async lookAt(stream: string): Promise<void> {
    const partition = partitionOf(stockKeyOf(stream).sku);
    let state = await this.stateOf(partition);
    const standstill = state.standstills.get(stream);
    if (standstill?.parked === undefined) return;
    const waiting = await this.read(stream, standstill.from, standstill.parked);
    const decision = waiting && (await this.claim(waiting));
    if (waiting?.inEntry !== undefined) this.inDoubt.add(stream);
    if (waiting === undefined || decision === undefined) return;
    while (true) {
      const happenings = decide(state, this.wanted(decision, waiting));
      if (happenings instanceof Rejected || happenings.length === 0) return;
      const record = { happenings, position: state.position, at: this.clock.now() };
      const appended = await appendDeliveries(this.store, deliveryStream(this.connector, partition), state, record);
      if (appended !== undefined) {
        this.states.set(partition, appended.state);
        return;
      }
      state = await this.stateOf(partition);
      if (state.standstills.get(stream)?.parked?.at !== waiting.parked.at) return;
    }
  }

  /** Puts on record that it is carried out on this posting: whoever goes on after a crash does just that. */
  private async claim(waiting: Waiting): Promise<ManyDecision | undefined> {
    const { parked, posting } = waiting;
    while (true) {
      const decision = this.standing.find((each) => isAbout(each, waiting));
      if (decision === undefined || decision.carriedOut.get(posting.ref) === parked.at) return decision;
      const { id } = decision.wanted;
      if (this.isTooMuchForOne(decision, posting)) {
        if (!(await this.log.append({ type: 'SecondPersonNeeded', id }, this.clock.now()))) await this.log.readOn();
        continue;
      }
      const worth = plus(NOTHING, worthOf(posting));
      const applied = { type: 'DecisionApplied', id, ref: posting.ref, parkedAt: parked.at, worth } as const;
      if (await this.log.append(applied, this.clock.now())) return this.log.decisions.get(id);
      await this.log.readOn();
    }
  }

  private isTooMuchForOne({ wanted, approvedBy, actor, limit }: ManyDecision, posting: Posting): boolean {
    if (wanted.decision !== 'write-off' || approvedBy !== null) return false;
    const before = writtenOffAlone(this.log, actor, this.clock.now());
    return WriteOffLimit.stored(limit).isExceededByAny(plus(before, worthOf(posting)));
  }

  private wanted({ wanted, actor, approvedBy }: ManyDecision, { stream, posting }: Waiting) {
    const { decision, comment, date, id } = wanted;
    const isOfTwo = decision === 'write-off' && approvedBy !== null;
    return {
      decision,
      ref: posting.ref,
      stream,
      actor: isOfTwo ? approvedBy : actor,
      comment,
      date,
      needsTwo: false,
      under: { id, proposedBy: isOfTwo ? actor : null },
    };
  }

  private async read(stream: string, revision: number, parked: ParkedPosting): Promise<Waiting | undefined> {
    for await (const event of this.store.readStream(stream, { from: revision, maxCount: 1 })) {
      const posting = postingsIn(event).find(({ ref }) => ref === parked.ref);
      if (posting === undefined) return undefined;
      await this.summaries.readOn();
      const inEntry = (await this.summaries.entryOf(posting.ref))?.ref;
      return { stream, parked, posting, position: event.position, inEntry };
    }
    return undefined;
  }
}

/** Whether the posting is one that the decision is about, and still to be carried out on. */
function isAbout(decision: ManyDecision, { stream, parked, posting, position, inEntry }: Waiting): boolean {
  const { wanted, carriedOut, upTo } = decision;
  const before = carriedOut.get(posting.ref);
  return (
    !waitsForSecond(decision) &&
    (inEntry === undefined || wanted.decision === 'retry') &&
    (before === undefined || before === parked.at) &&
    (wanted.until !== null || position <= upTo) &&
    mayMatch(wanted.filter, { code: parked.code, ...stockKeyOf(stream) }) &&
    isInPeriod(wanted.filter, posting.date)
  );
}
