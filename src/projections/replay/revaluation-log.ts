import { decodeValued, encodeValued, VALUATION_SCHEMA_VERSION, VALUED } from '../../domain/valuation/codec.js';
import type { Revaluation, Valued } from '../../domain/valuation/events.js';
import { adjustmentsOf, revaluedStock } from '../../domain/valuation/revalue.js';
import { eventId } from '../../domain/values/event-id.js';
import { valuationStream } from '../../domain/values/identifiers.js';
import { formatInstant, type Instant } from '../../domain/values/instant.js';
import { type EventStore, MAX_APPEND_BYTES, type NewEvent } from '../../ports/event-store.js';
import type { RevaluedStream } from './revalued-stream.js';

/** What is written of a revaluation so far. */
interface Written {
  /** Of the stream. */
  readonly revision: number;
  /** Of its newest event. */
  readonly after: Valued['after'];
  readonly adjustments: number;
}

/** Somebody else wrote to the stream meanwhile: value it anew. */
export type Overtaken = 'overtaken';

/** Less than a store takes: what the protocol adds counts too. */
const MOST_BYTES = MAX_APPEND_BYTES * 0.9;

/**
 * Writes what other rules make of a stream: first what the stock is worth, in one append with as many adjustments as go
 * with it, then the others. What is there already is left out, so that each is there once however often this is tried.
 */
export class RevaluationLog {
  private readonly stream: string;
  private readonly revaluation: Omit<Revaluation, 'of'>;

  constructor(
    private readonly store: EventStore,
    private readonly revalued: RevaluedStream,
    { replay, version }: Pick<Revaluation, 'replay' | 'version'>,
    private readonly at: Instant,
  ) {
    this.stream = valuationStream(revalued.key);
    this.revaluation = { replay, version, from: revalued.from };
  }

  async write(): Promise<'written' | Overtaken> {
    const { before, after, source, movements, revision } = this.revalued;
    const stock = revaluedStock(before, after, source, this.revaluation);
    const adjustments = (state: Valued['after']) =>
      movements.flatMap((movement) => adjustmentsOf(movement, state, this.revaluation));
    let written = await this.written();
    if (written === undefined) {
      const first = firstOf([stock, ...adjustments(stock.after)].map((valued) => this.newEvent(valued)));
      const outcome = await this.store.append(this.stream, revision, first);
      if (outcome.status === 'conflict') return 'overtaken';
      written = { revision: outcome.revision, after: stock.after, adjustments: first.length - 1 };
    }
    let known: Written = written;
    while (true) {
      const left = adjustments(known.after).slice(known.adjustments);
      if (left.length === 0) return 'written';
      const next = firstOf(left.map((valued) => this.newEvent(valued)));
      const outcome = await this.store.append(this.stream, known.revision, next);
      known =
        outcome.status === 'appended'
          ? { ...known, revision: outcome.revision, adjustments: known.adjustments + next.length }
          : ((await this.written()) ?? known);
    }
  }

  /** Undefined before its first event. */
  private async written(): Promise<Written | undefined> {
    let written: Written | undefined;
    const from = this.revalued.revision + 1;
    for await (const { data, revision } of this.store.readStream(this.stream, { from })) {
      const { after, revaluation } = decodeValued(data);
      const isOwn = revaluation?.replay === this.revaluation.replay;
      if (written === undefined && !(isOwn && revaluation.of === 'stock')) return undefined;
      const adjustments = (written?.adjustments ?? 0) + (isOwn && revaluation.of === 'movement' ? 1 : 0);
      written = { revision, after, adjustments };
    }
    return written;
  }

  /** The id holds what the rules are, so that others under the same version are no repetition but a conflict. */
  private newEvent(valued: Valued): NewEvent {
    const { replay } = this.revaluation;
    const of = valued.postings[0]?.ref ?? 'stock';
    return {
      id: eventId(this.stream, `revalued:${replay}:${of}`),
      type: VALUED,
      data: encodeValued(valued),
      metadata: {
        schemaVersion: VALUATION_SCHEMA_VERSION,
        recordedAt: formatInstant(this.at),
        occurredAt: formatInstant(this.at),
        causationId: valued.source.eventId,
        correlationId: replay,
      },
    };
  }
}

/** As many of them as go into one append; the first always does, or the store says why not. */
function firstOf(events: readonly NewEvent[]): readonly NewEvent[] {
  let bytes = 0;
  const end = events.findIndex(({ data }, index) => {
    bytes += Buffer.byteLength(JSON.stringify(data));
    return index > 0 && bytes > MOST_BYTES;
  });
  return end < 0 ? events : events.slice(0, end);
}
