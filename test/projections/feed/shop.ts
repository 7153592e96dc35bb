import { randomUUID } from 'node:crypto';
import { MemoryEventBus } from '../../../src/adapters/event-bus/memory/memory-event-bus.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { encodeStockEvent } from '../../../src/domain/stock/codec.js';
import type { StockEvent } from '../../../src/domain/stock/events.js';
import type { ClientId, StockKey } from '../../../src/domain/values/identifiers.js';
import { stockStream } from '../../../src/domain/values/identifiers.js';
import { formatInstant } from '../../../src/domain/values/instant.js';
import type { CloudEvent } from '../../../src/ports/event-bus.js';
import { EventBusUnavailable } from '../../../src/ports/event-bus.js';
import type { EventStore, RecordedEvent } from '../../../src/ports/event-store.js';
import { RECORDED_AT } from '../stock-events.js';

/** A bus that refuses the next so many times, and remembers what got through. */
export class Listened extends MemoryEventBus {
  readonly heard: CloudEvent[] = [];
  refusals = 0;
  constructor() {
    super();
    this.subscribe((event) => this.heard.push(event));
  }
  override async publish(events: readonly CloudEvent[]): Promise<void> {
    if (this.refusals > 0) {
      this.refusals -= 1;
      throw new EventBusUnavailable('away');
    }
    await super.publish(events);
  }
  /** What was told, as type and SKU, in order. */
  get told(): string[] {
    return this.heard.map(({ type, data }) => `${type.split('.')[1]} ${data.sku}`);
  }
}

export const key = (sku: string, location = 'web'): StockKey => ({ sku, location }) as StockKey;

/** Records an event in the stream of a SKU, at a second of the day's first minute. */
export async function happens(
  store: EventStore,
  { sku, location }: StockKey,
  event: StockEvent,
  second = 0,
): Promise<void> {
  const { type, data, occurredAt } = encodeStockEvent(event);
  const recordedAt = formatInstant(atSecond(second));
  const stored = { id: randomUUID(), type, data, metadata: { occurredAt, recordedAt } };
  await store.append(stockStream({ sku, location }), 'any', [stored]);
}

export const atSecond = (second: number): number => RECORDED_AT + second * 1_000;

/** All stock events behind a position, as one batch. */
export async function batchOf(events: MemoryEventStore, after = 0n, maxCount?: number) {
  const batch: RecordedEvent[] = [];
  const limit = maxCount === undefined ? {} : { maxCount };
  for await (const event of events.readAll({ after, streamPrefixes: ['stock-'], ...limit })) batch.push(event);
  return { events: batch, position: batch.at(-1)?.position ?? after, live: true };
}

export const sold = (id: string, quantity: number, more: object = {}): StockEvent => ({
  type: 'Sold',
  id: id as ClientId,
  occurredAt: RECORDED_AT,
  quantity,
  ...more,
});

export const reserved = (reference: string, quantity: number, untilSecond: number): StockEvent => ({
  type: 'Reserved',
  reference: reference as ClientId,
  occurredAt: RECORDED_AT,
  quantity,
  expiresAt: atSecond(untilSecond),
  ttlSeconds: untilSecond,
});

export const warnAt = (lowStockThreshold: number, safetyStock = 0): StockEvent => ({
  type: 'SafetyStockSet',
  changeId: randomUUID(),
  occurredAt: RECORDED_AT,
  quantity: safetyStock,
  lowStockThreshold,
});
