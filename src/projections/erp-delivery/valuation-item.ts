import { decodeValued } from '../../domain/valuation/codec.js';
import type { Posting } from '../../domain/valuation/events.js';
import { stockKeyOf, stockStream } from '../../domain/values/identifiers.js';
import type { ErpPosting } from '../../ports/erp.js';
import type { Position, RecordedEvent } from '../../ports/event-store.js';

/** One valuation as a poster sees it. */
export interface ValuationItem {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly postings: readonly ErpPosting[];
  /** The posting that waits for a person from the start, if one does. */
  readonly parked: Posting | undefined;
}

/** Undefined when the valuation makes no posting: there is nothing to deliver then. */
export function itemOf({ stream, revision, position, data }: RecordedEvent): ValuationItem | undefined {
  const { source, postings } = decodeValued(data);
  if (postings.length === 0) return undefined;
  const key = stockKeyOf(stream);
  const origin = {
    stream: stockStream(key),
    revision: source.revision,
    type: source.type,
    movementId: source.movementId,
  };
  return {
    stream,
    revision,
    position,
    postings: postings.map(({ ref, date, currency, lines }) => ({
      ...key,
      ref,
      date,
      currency,
      lines,
      source: origin,
    })),
    parked: postings.find(({ parked }) => parked !== undefined),
  };
}
