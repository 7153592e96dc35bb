import type { Disposition } from '../stock/events.js';
import { transferSupplyId } from '../stock/state.js';
import type { ClientId } from '../values/identifiers.js';

const TRANSFER_STREAM_PREFIX = 'transfer-';

export const transferStream = (id: ClientId): string => `${TRANSFER_STREAM_PREFIX}${id}`;

/** The transfer that a stream is about. */
export function transferIdOf(stream: string): ClientId {
  if (!stream.startsWith(TRANSFER_STREAM_PREFIX)) throw new Error(`Not a transfer's stream: ${stream}`);
  return stream.slice(TRANSFER_STREAM_PREFIX.length) as ClientId;
}

/*
 * The names of what a transfer does in stock streams. A stream holds one SKU, and a transfer has one line a SKU, so
 * they need no line number and can be told from the transfer alone. No client can make one: `/` is not theirs to use.
 */

/** The movement in which a transfer's goods leave. */
export const dispatchMovementId = (transferId: ClientId): ClientId => `transfer/${transferId}/dispatch` as ClientId;

/** The movement in which goods of a receipt arrive. */
export const arrivalMovementId = (transferId: ClientId, receiptId: ClientId, disposition: Disposition): ClientId =>
  `transfer/${transferId}/${receiptId}/${disposition}` as ClientId;

const SUPPLY_PREFIX = transferSupplyId('' as ClientId);

/** The transfer that is expected under a supply's id; undefined for any other supply. */
export const transferOfSupply = (supplyId: ClientId): ClientId | undefined =>
  supplyId.startsWith(SUPPLY_PREFIX) ? (supplyId.slice(SUPPLY_PREFIX.length) as ClientId) : undefined;

/** The change in which goods become expected. */
export const expectChangeId = (transferId: ClientId): string => `transfer/${transferId}/expect`;

/** The change in which what has not come is no longer expected. */
export const closeChangeId = (transferId: ClientId): string => `transfer/${transferId}/close`;
