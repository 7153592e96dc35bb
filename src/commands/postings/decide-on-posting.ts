import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decide, isSame, type DecideOnPosting as Wanted } from '../../domain/delivery/decide.js';
import type { WrittenOffByOne } from '../../domain/delivery/decisions/events.js';
import { writtenOffAlone } from '../../domain/delivery/decisions/state.js';
import type { DeliveryHappening } from '../../domain/delivery/events.js';
import { deliveryStream, partitionOf } from '../../domain/delivery/partitions.js';
import type { DeliveryState } from '../../domain/delivery/state.js';
import { NOTHING, plus, sumOf, WriteOffLimit, worthOf } from '../../domain/delivery/worth.js';
import { Rejected } from '../../domain/rejected.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Money } from '../../domain/values/money.js';
import { Clock } from '../../ports/clock.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { type PostingEntry, PostingsBook } from '../../ports/postings-book.js';
import { DecisionsLog } from '../../streams/decision-streams.js';
import { appendDeliveries, loadDeliveries } from '../../streams/delivery-streams.js';
import { readPosting } from '../../streams/posting-reader.js';
import type { Caller } from '../../streams/stream-kind.js';
import { SummariesLogs } from '../../streams/summaries-log.js';

/** A person's decision about a parked posting. Answers with the position that shows it. */
export class DecideOnPosting extends Command<Position | Rejected> {
  constructor(
    readonly ref: string,
    /** How it stands with the connector that it is parked with. */
    readonly entry: PostingEntry,
    readonly wanted: Pick<Wanted, 'decision' | 'comment' | 'date'>,
    readonly caller: Caller,
  ) {
    super();
  }
}

/** What one person wants to write off alone. */
interface Claim {
  readonly connector: string;
  readonly ref: string;
  readonly parkedAt: Instant | undefined;
  readonly worth: Money;
}

const isByOne = (event: DeliveryHappening): boolean =>
  event.type === 'WrittenOff' && (event.proposedBy === null || event.proposedBy === event.actor);

/** A poster at work writes to the same stream, some ten times a second. */
const MOST_TRIES = 100;

@CommandHandler(DecideOnPosting)
export class DecideOnPostingHandler implements ICommandHandler<DecideOnPosting> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(PostingsBook) private readonly book: PostingsBook,
    @Inject(WriteOffLimit) private readonly limit: WriteOffLimit,
    @Inject(SummariesLogs) private readonly summaries: SummariesLogs,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ ref, entry, wanted, caller }: DecideOnPosting): Promise<Position | Rejected> {
    const { connector, valuation, part, course } = entry;
    const record = await readPosting(this.store, valuation, part);
    if (record === undefined) throw new Error(`${valuation.stream} has no posting ${ref} at ${valuation.revision}`);
    const worth = worthOf(record.posting);
    const needsTwo = this.limit.isExceededBy(worth);
    const stream = deliveryStream(connector, partitionOf(record.key.sku));
    const command: Wanted = { ...wanted, ref, stream: valuation.stream, actor: caller.actor, needsTwo };
    const inEntry = (await (await this.summaries.of(connector)).entryOf(ref))?.ref;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const state = await loadDeliveries(this.store, stream);
      const claim = { connector, ref, parkedAt: state.standstills.get(command.stream)?.parked?.at, worth };
      const happenings = await this.decide(state, { ...command, inEntry }, claim);
      // What has been carried out is gone from the state, and still decided.
      if (happenings instanceof Rejected && course !== undefined && isSame(course, wanted)) return this.known();
      if (happenings instanceof Rejected) return happenings;
      if (happenings.length === 0) return this.known();
      const appended = await appendDeliveries(this.store, stream, state, {
        happenings,
        position: state.position,
        at: this.clock.now(),
        correlationId: caller.correlationId,
      });
      if (appended !== undefined) return appended.position;
    }
    throw new Error(`${stream} is written too fast for a decision`);
  }

  /** What one person writes off within 24 hours is one sum: many small ones take two people as a large one does. */
  private async decide(state: DeliveryState, wanted: Wanted, claim: Claim) {
    const happenings = decide(state, wanted);
    if (happenings instanceof Rejected || !this.limit.isSet || !happenings.some(isByOne)) return happenings;
    return (await this.isTooMuch(wanted.actor, claim)) ? decide(state, { ...wanted, needsTwo: true }) : happenings;
  }

  /** Unless it is, it is on record from now on. */
  private async isTooMuch(actor: string, { connector, ref, parkedAt = 0, worth }: Claim): Promise<boolean> {
    const log = new DecisionsLog(this.store, connector);
    const sums = plus(NOTHING, worth);
    while (true) {
      await log.readOn();
      const isOnRecord = (each: WrittenOffByOne) =>
        each.ref === ref && each.parkedAt === parkedAt && each.actor === actor;
      if (log.writeOffs.some(isOnRecord)) return false;
      const at = this.clock.now();
      if (this.limit.isExceededByAny(sumOf(writtenOffAlone(log, actor, at), sums))) return true;
      if (await log.append({ type: 'WrittenOffByOne', ref, parkedAt, actor, at, worth: sums }, at)) return false;
    }
  }

  private known(): Position {
    return this.book.progress().position;
  }
}
