import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';

export const DISPOSITIONS = ['sellable', 'quarantine', 'damaged'] as const;
/** What may be done with a unit: sold, not before a decision, or not at all. */
export type Disposition = (typeof DISPOSITIONS)[number];

export const ADJUSTMENT_REASONS = ['damage', 'loss', 'found', 'correction', 'expiry', 'internal-use'] as const;
export type AdjustmentReason = (typeof ADJUSTMENT_REASONS)[number];

/** Something a person should know of an accepted fact. It never refuses the fact. */
export type ExceptionCode = 'oversold' | 'late' | 'hold-missing';

/** What every movement of goods carries. */
interface Fact {
  readonly id: ClientId;
  readonly occurredAt: Instant;
  readonly reference?: string;
  readonly exceptions?: readonly ExceptionCode[];
  /** Dispositions whose stock a later count had already settled: there the fact changes only the count's variance. */
  readonly settledByCount?: readonly Disposition[];
}

/** What every event of a hold carries; `expiresAt` is null once the hold is confirmed. */
interface HoldFact {
  readonly reference: ClientId;
  readonly occurredAt: Instant;
  readonly quantity: number;
  readonly expiresAt: Instant | null;
}

export type Received = Fact & {
  readonly type: 'Received';
  readonly quantity: number;
  /** Decimal text, up to 6 places. */
  readonly unitCost: string;
  readonly currency: string;
  readonly supplyId?: ClientId;
  readonly purchaseOrder?: string;
};
export type Sold = Fact & { readonly type: 'Sold'; readonly quantity: number; readonly reservationId?: string };
export type Returned = Fact & {
  readonly type: 'Returned';
  readonly quantity: number;
  readonly disposition: Disposition;
  readonly originalSale?: ClientId;
};
/** A signed change of sellable stock. */
export type Adjusted = Fact & {
  readonly type: 'Adjusted';
  readonly quantity: number;
  readonly reason: AdjustmentReason;
};
export type Counted = Fact & {
  readonly type: 'Counted';
  readonly counted: number;
  readonly disposition: Disposition;
  /** What the count changes: on hand after it less on hand before; 0 when a newer count stands. */
  readonly variance: number;
};
export type DispositionMoved = Fact & {
  readonly type: 'DispositionMoved';
  readonly quantity: number;
  readonly from: Disposition;
  readonly to: Disposition;
};
/** A change of the value of stock, e.g. landed cost or a late invoice; a signed decimal amount. */
export type UnitCostRevised = Fact & {
  readonly type: 'UnitCostRevised';
  readonly amount: string;
  readonly currency: string;
  readonly reason: string;
};

export type Reserved = HoldFact & {
  readonly type: 'Reserved';
  readonly expiresAt: Instant;
  readonly ttlSeconds: number;
  readonly channel?: string;
  readonly neededBy?: Instant;
};
/** The hold no longer expires; `expiresAt` is when it would have. */
export type Confirmed = HoldFact & { readonly type: 'Confirmed' };
/** The hold ended without a sale; `quantity` is what was left of it. */
export type Released = HoldFact & { readonly type: 'Released'; readonly reason: 'cancelled' | 'expired' };
/** Part or all of the hold was sold; a `Sold` event beside it moves the goods. */
export type Fulfilled = HoldFact & {
  readonly type: 'Fulfilled';
  /** The movement that sold it. */
  readonly saleId: ClientId;
  /** Units still held afterwards; at 0 the hold has ended. */
  readonly remaining: number;
};

export type Movement = Received | Sold | Returned | Adjusted | Counted | DispositionMoved | UnitCostRevised;
export type HoldEvent = Reserved | Confirmed | Released | Fulfilled;

/** Everything that can happen to one SKU at one location. */
export type StockEvent = Movement | HoldEvent;

export const isMovement = (event: StockEvent): event is Movement => 'id' in event;

/**
 * The key an event's id derives from: it is the idempotency key of the command that caused it, so the same command
 * finds its event however late it comes.
 */
export function eventKey(event: StockEvent): string {
  switch (event.type) {
    case 'Reserved':
      return holdKey.reserved(event.reference);
    case 'Confirmed':
      return holdKey.confirmed(event.reference);
    case 'Released':
      return holdKey.ended(event.reference);
    case 'Fulfilled':
      return event.remaining === 0 ? holdKey.ended(event.reference) : holdKey.fulfilled(event.reference, event.saleId);
    case 'Received':
    case 'Sold':
    case 'Returned':
    case 'Adjusted':
    case 'Counted':
    case 'DispositionMoved':
    case 'UnitCostRevised':
      return movementKey(event.id);
  }
}

export const movementKey = (id: ClientId): string => `movement:${id}`;

/** A hold begins once, is confirmed once and ends once, so each of these finds one event. */
export const holdKey = {
  reserved: (reference: ClientId): string => `reserved:${reference}`,
  confirmed: (reference: ClientId): string => `confirmed:${reference}`,
  ended: (reference: ClientId): string => `ended:${reference}`,
  fulfilled: (reference: ClientId, saleId: ClientId): string => `fulfilled:${reference}:${saleId}`,
};
