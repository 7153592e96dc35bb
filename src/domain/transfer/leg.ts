import type { ClientId, Sku } from '../values/identifiers.js';
import type { Requested, TransferEvent } from './events.js';
import { arrivalMovementId } from './ids.js';
import { evolve, NO_TRANSFER, type TransferState } from './state.js';

/**
 * Units of one SKU of a transfer, placed among all that came of it in the order of the transfer's own stream: what they
 * cost does not depend on the order in which anybody looks at stock streams.
 */
export interface Leg {
  /** Units that were sent of this SKU; 0 when it was not. */
  readonly sent: number;
  /** Units that came before these. */
  readonly before: number;
  readonly units: number;
  /** True when what was missing had been given up before these came. */
  readonly isAfterClose: boolean;
}

/** The units that a movement brought; undefined when the transfer knows of no such movement. */
export function arrivalLeg(events: Iterable<TransferEvent>, sku: Sku, movementId: ClientId): Leg | undefined {
  let state = NO_TRANSFER;
  for (const event of events) {
    if (event.type === 'ReceiptReported' && state.requested !== undefined) {
      let before = state.received.get(sku) ?? 0;
      for (const line of event.lines.filter((each) => each.sku === sku)) {
        if (arrivalMovementId(state.requested.id, event.id, line.disposition) === movementId) {
          const isAfterClose = state.closing !== undefined;
          return { sent: sentOf(state.requested, sku), before, units: line.quantity, isAfterClose };
        }
        before += line.quantity;
      }
    }
    state = evolve(state, event);
  }
  return undefined;
}

/** The units that were given up when the transfer was closed; undefined as long as it is not. */
export function shortageLeg(events: Iterable<TransferEvent>, sku: Sku): Leg | undefined {
  let state: TransferState = NO_TRANSFER;
  for (const event of events) state = evolve(state, event);
  if (state.requested === undefined || state.closing === undefined) return undefined;
  const sent = sentOf(state.requested, sku);
  const units = state.closing.shortages.find((line) => line.sku === sku)?.quantity ?? 0;
  return { sent, before: sent - units, units, isAfterClose: false };
}

const sentOf = ({ lines }: Requested, sku: Sku): number => lines.find((line) => line.sku === sku)?.quantity ?? 0;
