import { isAdjustmentRef } from '../../domain/valuation/adjustments.js';
import { decodeValued, VALUED } from '../../domain/valuation/codec.js';
import { concerns, type Posting } from '../../domain/valuation/events.js';
import { stockKeyOf, stockStream } from '../../domain/values/identifiers.js';
import type { ErpPosting } from '../../ports/erp.js';
import type { Position, RecordedEvent } from '../../ports/event-store.js';

/** One valuation as a poster sees it. */
export interface ValuationItem {
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
  readonly postings: readonly ErpPosting[];
  /** Those of them that wait for a person from the start. */
  readonly parked: readonly Posting[];
}

/** Undefined when the valuation makes no posting for this connector: there is nothing to deliver then. */
export function itemOf(
  { stream, revision, position, type, data }: RecordedEvent,
  connector: string,
): ValuationItem | undefined {
  if (type !== VALUED) return undefined;
  const { source, postings: all } = decodeValued(data);
  const postings = all.filter((posting) => concerns(posting, connector));
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
    postings: postings.map(({ parked: _, ...posting }) => ({ ...key, ...posting, source: origin })),
    parked: postings.filter(({ parked }) => parked !== undefined),
  };
}

/** What corrects quantities or values; goods that came or went matter more to whoever looks at the ledger. */
const CORRECTIONS: ReadonlySet<string> = new Set(['Adjusted', 'Counted', 'DispositionMoved', 'UnitCostRevised']);

export const isCorrection = ({ postings }: ValuationItem): boolean =>
  postings.every(({ ref, source }) => CORRECTIONS.has(source.type) || isAdjustmentRef(ref));
