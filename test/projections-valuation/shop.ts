import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { encodeStockEvent } from '../../src/domain/stock/codec.js';
import { eventKey } from '../../src/domain/stock/event-keys.js';
import type { Movement } from '../../src/domain/stock/events.js';
import { decodeValued } from '../../src/domain/valuation/codec.js';
import type { Valued } from '../../src/domain/valuation/events.js';
import { eventId } from '../../src/domain/values/event-id.js';
import type { LocationId, Sku, StockKey } from '../../src/domain/values/identifiers.js';
import { stockStream, valuationStream } from '../../src/domain/values/identifiers.js';
import type { EventStore, NewEvent, Position, RecordedEvent } from '../../src/ports/event-store.js';
import type { Log } from '../../src/ports/log.js';
import type { Projection } from '../../src/projections/run.js';
import { ProjectionRunner } from '../../src/projections/run.js';

export const QUIET: Log = { info: () => {}, warn: () => {}, error: () => {} };

export const at = (sku: string, location: string): StockKey => ({ sku: sku as Sku, location: location as LocationId });

/** Writes movements as the commands do. @returns the position of the last */
export async function record(store: EventStore, key: StockKey, ...movements: readonly Movement[]): Promise<Position> {
  const stream = stockStream(key);
  const outcome = await store.append(
    stream,
    'any',
    movements.map((movement): NewEvent => {
      const { type, data, occurredAt } = encodeStockEvent(movement);
      const metadata = { schemaVersion: 1, occurredAt, recordedAt: occurredAt };
      return { id: eventId(stream, eventKey(movement)), type, data, metadata };
    }),
  );
  if (outcome.status === 'conflict') throw new Error('the movements were not recorded');
  return outcome.position;
}

/** Runs the projections until they have dealt with everything there is, and all that comes of it. */
export async function settle(store: EventStore, ...projections: readonly Projection[]): Promise<void> {
  const runners = projections.map((projection) => new ProjectionRunner(store, projection, QUIET));
  for (const runner of runners) runner.start();
  for (const runner of runners) {
    if (!(await runner.reached(await store.head(runner.streamPrefixes), 20_000))) {
      throw new Error(`${runner.status().name} did not come to an end: ${runner.status().lastError}`);
    }
  }
  await Promise.all(runners.map((runner) => runner.stop()));
}

export async function valuations(store: EventStore, key: StockKey): Promise<Valued[]> {
  return (await eventsOf(store, valuationStream(key))).map(({ data }) => decodeValued(data));
}

export async function eventsOf(store: EventStore, stream: string): Promise<RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(stream)) events.push(event);
  return events;
}

/** A store whose appends to some streams are lost, or whose answers are. */
export class FaultyStore extends MemoryEventStore {
  /** Says of an append what becomes of it; undefined lets it be. */
  fault: (stream: string) => 'lost' | 'unanswered' | undefined = () => undefined;

  override async append(...[stream, expected, events]: Parameters<EventStore['append']>) {
    const fault = this.fault(stream);
    if (fault === 'lost') throw new Error('the append was lost');
    const outcome = await super.append(stream, expected, events);
    if (fault === 'unanswered') throw new Error('the answer was lost');
    return outcome;
  }
}
