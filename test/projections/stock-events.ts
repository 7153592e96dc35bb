import { randomUUID } from 'node:crypto';
import fc from 'fast-check';
import type { StockCell } from '../../src/domain/availability/cell.js';
import { evolveCell, NO_CELL } from '../../src/domain/availability/cell.js';
import { encodeStockEvent } from '../../src/domain/stock/codec.js';
import { ADJUSTMENT_REASONS, DISPOSITIONS, type StockEvent } from '../../src/domain/stock/events.js';
import type { ClientId, LocationId, Sku, StockKey } from '../../src/domain/values/identifiers.js';
import { stockStream } from '../../src/domain/values/identifiers.js';
import { formatInstant } from '../../src/domain/values/instant.js';
import type { EventStore, NewEvent } from '../../src/ports/event-store.js';

/** Something that happened somewhere. */
export interface Happened {
  readonly key: StockKey;
  readonly event: StockEvent;
}

export const RECORDED_AT = Date.UTC(2026, 4, 1, 12);

const quantity = fc.integer({ min: 1, max: 1_000 });
const second = fc.integer({ min: 1_700_000_000, max: 1_700_000_005 }).map((seconds) => seconds * 1_000);
const id = fc.uuid() as unknown as fc.Arbitrary<ClientId>;
const disposition = fc.constantFrom(...DISPOSITIONS);
const settledByCount = fc.option(fc.subarray([...DISPOSITIONS], { minLength: 1 }), { nil: undefined });

const fact = { id, occurredAt: second };
const hold = { reference: id, occurredAt: second, quantity };

const anyStockEvent: fc.Arbitrary<StockEvent> = fc.oneof(
  fc.record({
    ...fact,
    type: fc.constant('Received' as const),
    quantity,
    unitCost: fc.constant('2.5'),
    currency: fc.constant('EUR'),
  }),
  withSettled(fc.record({ ...fact, type: fc.constant('Sold' as const), quantity })),
  withSettled(fc.record({ ...fact, type: fc.constant('Returned' as const), quantity, disposition })),
  fc.record({
    ...fact,
    type: fc.constant('Adjusted' as const),
    quantity: fc.integer({ min: -50, max: 50 }),
    reason: fc.constantFrom(...ADJUSTMENT_REASONS),
  }),
  fc.record({
    ...fact,
    type: fc.constant('Counted' as const),
    counted: fc.nat(1_000),
    disposition,
    variance: fc.integer({ min: -100, max: 100 }),
  }),
  fc.record({ ...fact, type: fc.constant('DispositionMoved' as const), quantity, from: disposition, to: disposition }),
  fc.record({ ...hold, type: fc.constant('Reserved' as const), expiresAt: second, ttlSeconds: quantity }),
  fc.record({ ...hold, type: fc.constant('Confirmed' as const), expiresAt: second }),
  fc.record({
    ...hold,
    type: fc.constant('Released' as const),
    expiresAt: fc.option(second),
    reason: fc.constantFrom('cancelled' as const, 'expired' as const),
  }),
  fc.record({
    ...hold,
    type: fc.constant('Fulfilled' as const),
    expiresAt: fc.option(second),
    saleId: id,
    remaining: fc.nat(5),
  }),
);

function withSettled<Event extends StockEvent>(events: fc.Arbitrary<Event>): fc.Arbitrary<Event> {
  return fc
    .tuple(events, settledByCount)
    .map(([event, settled]) => (settled === undefined ? event : { ...event, settledByCount: settled }));
}

const anyKey: fc.Arbitrary<StockKey> = fc.record({
  sku: fc.constantFrom('A', 'B.1', 'B_2') as fc.Arbitrary<Sku>,
  location: fc.constantFrom('web', 'store-1', 'store-2') as fc.Arbitrary<LocationId>,
});

/** Any events at a few SKUs and locations; they need not make sense together, a fold never refuses. */
export const anyHistory: fc.Arbitrary<readonly Happened[]> = fc.array(
  fc.record({ key: anyKey, event: anyStockEvent }),
  { maxLength: 60 },
);

/** Appends each event to its stream, one by one. */
export async function record(events: EventStore, history: readonly Happened[]): Promise<void> {
  for (const { key, event } of history) await events.append(stockStream(key), 'any', [newEvent(event)]);
}

export function newEvent(event: StockEvent): NewEvent {
  const { type, data, occurredAt } = encodeStockEvent(event);
  return { id: randomUUID(), type, data, metadata: { occurredAt, recordedAt: formatInstant(RECORDED_AT) } };
}

/** What the read model must say, folded here without any of its machinery. */
export function foldDirectly(history: readonly Happened[]): Map<Sku, Map<LocationId, StockCell>> {
  const model = new Map<Sku, Map<LocationId, StockCell>>();
  for (const { key, event } of history) {
    const cells = model.get(key.sku) ?? new Map<LocationId, StockCell>();
    const cell = cells.get(key.location) ?? NO_CELL;
    model.set(key.sku, cells.set(key.location, evolveCell(cell, event, cell.revision + 1)));
  }
  return model;
}

export const received = (id: string, quantity: number): StockEvent => ({
  type: 'Received',
  id: id as ClientId,
  occurredAt: RECORDED_AT,
  quantity,
  unitCost: '2.5',
  currency: 'EUR',
});

export const happenedAt = (sku: string, location: string, event: StockEvent): Happened => ({
  key: { sku: sku as Sku, location: location as LocationId },
  event,
});
