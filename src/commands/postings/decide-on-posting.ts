import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { decide, isSame, type DecideOnPosting as Wanted } from '../../domain/delivery/decide.js';
import { deliveryStream, partitionOf } from '../../domain/delivery/partitions.js';
import { WriteOffLimit, worthOf } from '../../domain/delivery/worth.js';
import { Rejected } from '../../domain/rejected.js';
import { Clock } from '../../ports/clock.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { type PostingEntry, PostingsBook } from '../../ports/postings-book.js';
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
    const needsTwo = this.limit.isExceededBy(worthOf(record.posting));
    const stream = deliveryStream(connector, partitionOf(record.key.sku));
    const command: Wanted = { ...wanted, ref, stream: valuation.stream, actor: caller.actor, needsTwo };
    const inEntry = (await (await this.summaries.of(connector)).entryOf(ref))?.ref;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const state = await loadDeliveries(this.store, stream);
      const happenings = decide(state, { ...command, inEntry });
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

  private known(): Position {
    return this.book.progress().position;
  }
}
