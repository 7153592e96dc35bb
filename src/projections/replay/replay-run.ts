import type { Replay, ReplayTally } from '../../domain/replay/replay.js';
import { storedInstant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { ErpPosting } from '../../ports/erp.js';
import type { EventStore, RecordedEvent } from '../../ports/event-store.js';
import { appendReplay, type RecordedReplay, readReplay } from '../../streams/replay-streams.js';
import { DeliveryDelayed, type ErpGate } from '../erp-delivery/erp-gate.js';
import { itemOf, type ValuationItem } from '../erp-delivery/valuation-item.js';
import { ChangeRun } from './change-run.js';
import { DeliveriesSeen } from './deliveries-seen.js';
import type { ReplayOptions } from './rules-run.js';

/** Events read between two records of how far it is, when there is nothing to post. */
const EVENTS_A_RECORD = 5_000;
const EXAMPLES = 20;

/** One replay from where it was: looks every posting up, and posts those that should be there and are not. */
export class ReplayRun {
  constructor(
    private readonly store: EventStore,
    private readonly gate: ErpGate,
    private readonly clock: Clock,
    private readonly id: string,
    private readonly signal: AbortSignal,
    private readonly options: ReplayOptions,
  ) {}

  /** Returns early when it is told to stop, or somebody else does it. @throws DeliveryDelayed: go on later */
  async goOn(): Promise<void> {
    let recorded: RecordedReplay | undefined = await readReplay(this.store, this.id);
    if (recorded === undefined || recorded.replay.isFinished) return;
    const { change } = recorded.replay;
    if (change !== undefined) {
      await new ChangeRun(this.store, this.gate, this.clock, this.id, recorded, this.options, this.signal).goOn(change);
      return;
    }
    const seen = await DeliveriesSeen.read(this.store, this.gate.connector.name);
    while (recorded !== undefined && !recorded.replay.isFinished && !this.signal.aborted) {
      recorded = await this.step(recorded, seen);
    }
  }

  /** Looks at some, and records what came of it. Undefined when somebody else was faster. */
  private async step({ replay, revision }: RecordedReplay, seen: DeliveriesSeen): Promise<RecordedReplay | undefined> {
    const items: ValuationItem[] = [];
    let { position } = replay;
    let read = 0;
    let isAtEnd = true;
    for await (const event of this.eventsOf(replay)) {
      if (event.position > replay.range.to) break;
      position = event.position;
      read += 1;
      const item = this.isMeant(event, replay) ? itemOf(event, this.gate.connector.name) : undefined;
      if (item !== undefined) items.push(item);
      isAtEnd = false;
      if (items.length >= this.gate.batchLimit || read >= EVENTS_A_RECORD) break;
    }
    const tally = await this.look(items, replay, seen);
    const type = isAtEnd ? 'ReplayFinished' : 'ReplayProgressed';
    const shownAt = await appendReplay(
      this.store,
      this.id,
      revision,
      { type, position, tally },
      { at: this.clock.now() },
    );
    if (shownAt === undefined) return undefined;
    return { replay: { ...replay, position, tally, isFinished: isAtEnd }, revision: revision + 1, shownAt };
  }

  private eventsOf({ position, range }: Replay): AsyncIterable<RecordedEvent> {
    const prefix = range.sku === null ? 'valuation-' : `valuation-${range.sku}@`;
    return this.store.readAll({ after: position, streamPrefixes: [prefix], maxCount: EVENTS_A_RECORD });
  }

  private isMeant({ stream, metadata: { occurredAt } }: RecordedEvent, { range }: Replay): boolean {
    if (range.location !== null && !stream.endsWith(`@${range.location}`)) return false;
    const at = typeof occurredAt === 'string' ? storedInstant(occurredAt) : 0;
    return at >= (range.occurredFrom ?? at) && at <= (range.occurredTo ?? at);
  }

  private async look(
    items: readonly ValuationItem[],
    { tally, dryRun }: Replay,
    seen: DeliveriesSeen,
  ): Promise<ReplayTally> {
    const all = items.flatMap((item) => item.postings);
    const delivered = items.filter((item) => seen.isDelivered(item)).flatMap((item) => item.postings);
    const due = delivered.filter(({ ref }) => !seen.writtenOff.has(ref));
    const present = due.length === 0 ? new Set<string>() : await this.gate.find(due.map(({ ref }) => ref));
    const missing = due.filter(({ ref }) => !present.has(ref));
    const { posted, rejected } = dryRun ? NOTHING_DONE : await this.post(missing, seen);
    return {
      looked: tally.looked + all.length,
      present: tally.present + due.length - missing.length,
      open: tally.open + all.length - delivered.length,
      writtenOff: tally.writtenOff + delivered.length - due.length,
      missing: tally.missing + missing.length,
      posted: tally.posted + posted,
      rejected: tally.rejected + rejected,
      examples: [...tally.examples, ...missing.map(({ ref }) => ref)].slice(0, EXAMPLES),
    };
  }

  private async post(missing: readonly ErpPosting[], { dates }: DeliveriesSeen) {
    let rejected = 0;
    if (missing.length === 0) return NOTHING_DONE;
    const outcomes = await this.gate.post(missing.map((posting) => dated(posting, dates)));
    for (const outcome of outcomes) {
      // Whatever of it is there already is found the next time.
      if (outcome.status === 'retry-later') throw new DeliveryDelayed(outcome.detail);
      if (outcome.status === 'rejected') rejected += 1;
    }
    return { posted: missing.length - rejected, rejected };
  }
}

const NOTHING_DONE = { posted: 0, rejected: 0 };

const dated = (posting: ErpPosting, dates: ReadonlyMap<string, string>): ErpPosting => {
  const date = dates.get(posting.ref);
  return date === undefined ? posting : { ...posting, date };
};
