import type { ClientId } from '../values/identifiers.js';
import type { StockEvent } from './events.js';

/**
 * The key an event's id derives from: it is the idempotency key of the command that caused it, so the same command
 * finds its event however late it comes.
 */
export function eventKey(event: StockEvent): string {
  switch (event.type) {
    case 'Reserved':
      return holdKey.reserved(event.reference);
    case 'Confirmed':
      return event.extension === undefined
        ? holdKey.confirmed(event.reference)
        : holdKey.extended(event.reference, event.extension.id);
    case 'Released':
      return holdKey.ended(event.reference);
    case 'Fulfilled':
      return event.remaining === 0 ? holdKey.ended(event.reference) : holdKey.fulfilled(event.reference, event.saleId);
    case 'Received':
    case 'Sold':
    case 'Returned':
    case 'Adjusted':
    case 'Counted':
    case 'Dispatched':
    case 'Arrived':
    case 'DispositionMoved':
    case 'UnitCostRevised':
      return movementKey(event.id);
    case 'SupplyScheduled':
    case 'SupplyChanged':
    case 'SupplyCancelled':
    case 'SafetyStockSet':
      return changeKey(event.changeId);
    case 'ProtectionSet':
      return changeKey(`${event.changeId}:${event.channel}`);
  }
}

export const changeKey = (changeId: string): string => `change:${changeId}`;

export const movementKey = (id: ClientId): string => `movement:${id}`;

/** A hold begins once, is confirmed once and ends once, so each of these finds one event. */
export const holdKey = {
  reserved: (reference: ClientId): string => `reserved:${reference}`,
  confirmed: (reference: ClientId): string => `confirmed:${reference}`,
  extended: (reference: ClientId, id: ClientId): string => `extended:${reference}:${id}`,
  ended: (reference: ClientId): string => `ended:${reference}`,
  fulfilled: (reference: ClientId, saleId: ClientId): string => `fulfilled:${reference}:${saleId}`,
};
