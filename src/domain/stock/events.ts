import type { ClientId, LocationId } from '../values/identifiers.js';
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
  /** Holds that an oversold shelf can no longer serve, the newest first, unconfirmed ones before confirmed ones. */
  readonly atRisk?: readonly ClientId[];
  /** Dispositions whose stock a later count had already settled: there the fact changes only the count's variance. */
  readonly settledByCount?: readonly Disposition[];
}

/** What every event of a hold carries: what it held before the event; `expiresAt` is null once the hold is confirmed. */
interface HoldFact {
  readonly reference: ClientId;
  readonly occurredAt: Instant;
  readonly quantity: number;
  readonly expiresAt: Instant | null;
  /** The sales channel that the hold counts for. */
  readonly channel?: string;
  /** When the units must be there; at once when absent. */
  readonly neededBy?: Instant;
}

/** Units that were expected at a time, `null` when nobody knows the time. */
export interface ExpectedUnits {
  readonly quantity: number;
  readonly dueAt: Instant | null;
}

/** What every change of expectations and rules carries: no goods move. */
interface Change {
  /** Made by whoever asks for the change; the idempotency key. */
  readonly changeId: string;
  readonly occurredAt: Instant;
}

export type Received = Fact & {
  readonly type: 'Received';
  readonly quantity: number;
  /** Decimal text, up to 6 places. */
  readonly unitCost: string;
  readonly currency: string;
  readonly supplyId?: ClientId;
  readonly purchaseOrder?: string;
  /** The expected units that arrived with it. */
  readonly supplied?: ExpectedUnits;
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
/** Goods leave for another location. */
export type Dispatched = Fact & {
  readonly type: 'Dispatched';
  readonly quantity: number;
  readonly transferId: ClientId;
  readonly to: LocationId;
};
/** Goods of a transfer arrive. */
export type Arrived = Fact & {
  readonly type: 'Arrived';
  readonly quantity: number;
  readonly disposition: Disposition;
  readonly transferId: ClientId;
  readonly from: LocationId;
  readonly supplied?: ExpectedUnits;
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
};
/** The hold is still wanted: for good, so that it no longer expires, or until a later time. */
export type Confirmed = HoldFact & {
  readonly type: 'Confirmed';
  readonly extension?: { readonly id: ClientId; readonly ttlSeconds: number; readonly until: Instant };
};
/** The hold ended without a sale; `quantity` is what was left of it. */
export type Released = HoldFact & { readonly type: 'Released'; readonly reason: 'cancelled' | 'expired' | 'moved' };
/** Part or all of the hold was sold; a `Sold` event beside it moves the goods. */
export type Fulfilled = HoldFact & {
  readonly type: 'Fulfilled';
  /** The movement that sold it. */
  readonly saleId: ClientId;
  /** Units still held afterwards; at 0 the hold has ended. */
  readonly remaining: number;
};

/** Units are expected: `quantity` in all, received ones included; `open` of them have not come yet. */
export type SupplyScheduled = Change & {
  readonly type: 'SupplyScheduled';
  readonly supplyId: ClientId;
  readonly quantity: number;
  readonly dueAt: Instant | null;
  readonly open: number;
};
export type SupplyChanged = Change & {
  readonly type: 'SupplyChanged';
  readonly supplyId: ClientId;
  readonly quantity: number;
  readonly dueAt: Instant | null;
  readonly open: number;
  readonly was: ExpectedUnits;
};
/** What has not come is no longer expected. */
export type SupplyCancelled = Change & {
  readonly type: 'SupplyCancelled';
  readonly supplyId: ClientId;
  readonly was: ExpectedUnits;
};
/** Units that are never promised, and the number at which stock counts as low (0 turns the warning off). */
export type SafetyStockSet = Change & {
  readonly type: 'SafetyStockSet';
  readonly quantity: number;
  readonly lowStockThreshold: number;
};
/** Units kept for a channel; 0 keeps none. */
export type ProtectionSet = Change & {
  readonly type: 'ProtectionSet';
  readonly channel: string;
  readonly quantity: number;
};

export type Movement =
  | Received
  | Sold
  | Returned
  | Adjusted
  | Counted
  | Dispatched
  | Arrived
  | DispositionMoved
  | UnitCostRevised;
export type HoldEvent = Reserved | Confirmed | Released | Fulfilled;
export type SupplyEvent = SupplyScheduled | SupplyChanged | SupplyCancelled;
export type PolicyEvent = SafetyStockSet | ProtectionSet;

/** Everything that can happen to one SKU at one location. */
export type StockEvent = Movement | HoldEvent | SupplyEvent | PolicyEvent;

const KINDS: Readonly<Record<StockEvent['type'], 'movement' | 'hold' | 'supply' | 'policy'>> = {
  Received: 'movement',
  Sold: 'movement',
  Returned: 'movement',
  Adjusted: 'movement',
  Counted: 'movement',
  Dispatched: 'movement',
  Arrived: 'movement',
  DispositionMoved: 'movement',
  UnitCostRevised: 'movement',
  Reserved: 'hold',
  Confirmed: 'hold',
  Released: 'hold',
  Fulfilled: 'hold',
  SupplyScheduled: 'supply',
  SupplyChanged: 'supply',
  SupplyCancelled: 'supply',
  SafetyStockSet: 'policy',
  ProtectionSet: 'policy',
};

export const isStockEventType = (type: string): type is StockEvent['type'] => Object.hasOwn(KINDS, type);
export const isMovement = (event: StockEvent): event is Movement => KINDS[event.type] === 'movement';
export const isHoldEvent = (event: StockEvent): event is HoldEvent => KINDS[event.type] === 'hold';
export const isSupplyEvent = (event: StockEvent): event is SupplyEvent => KINDS[event.type] === 'supply';
