import type { ReceiptReported, Requested, TransferLine } from './events.js';
import type { TransferState } from './state.js';

/** Something that a transfer still has to do in stock streams. Facts are never refused, so every step can be finished. */
export type TransferStep =
  | { readonly kind: 'dispatch'; readonly requested: Requested }
  | { readonly kind: 'receive'; readonly requested: Requested; readonly report: ReceiptReported }
  | { readonly kind: 'close'; readonly requested: Requested; readonly shortages: readonly TransferLine[] };

/** What has to be done next, in the one order that there is; undefined when nothing stands open. */
export function nextStep({ requested, dispatched, openReceipts, closing }: TransferState): TransferStep | undefined {
  if (requested === undefined) return undefined;
  if (dispatched === undefined) return { kind: 'dispatch', requested };
  const [report] = openReceipts;
  if (report !== undefined) return { kind: 'receive', requested, report };
  if (closing === undefined || closing.isDone) return undefined;
  return { kind: 'close', requested, shortages: closing.shortages };
}
