import { Inject, Injectable } from '@nestjs/common';
import type { StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { JsonObject } from '../domain/values/json.js';
import { EventStore, type Position, type RecordedEvent } from '../ports/event-store.js';

/** One event as an auditor sees it. */
export interface HistoryEvent {
  readonly revision: number;
  readonly type: string;
  readonly id: string;
  readonly occurredAt: string;
  readonly recordedAt: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

export interface HistoryPage {
  readonly events: readonly HistoryEvent[];
  /** The revision to go on from; absent on the last page. */
  readonly next?: number;
  /** Position of the newest event of the stream that was looked at. */
  readonly position: Position;
}

/** The history of one SKU at one location, straight from its stream: not a read model, so never behind. */
@Injectable()
export class StreamHistory {
  constructor(@Inject(EventStore) private readonly store: EventStore) {}

  /** @returns undefined when the stream does not exist */
  async page(key: StockKey, from: number, limit: number): Promise<HistoryPage | undefined> {
    const events: HistoryEvent[] = [];
    let position: Position | undefined;
    for await (const stored of this.store.readStream(stockStream(key), { from, maxCount: limit + 1 })) {
      events.push(toHistoryEvent(stored));
      position = stored.position;
    }
    position ??= await this.newestPosition(key);
    if (position === undefined) return undefined;
    return events.length > limit
      ? { events: events.slice(0, limit), next: from + limit, position }
      : { events, position };
  }

  /** The whole history, oldest first, read as fast as the reader takes it. */
  async *whole(key: StockKey, from: number): AsyncGenerator<HistoryEvent> {
    for await (const stored of this.store.readStream(stockStream(key), { from })) yield toHistoryEvent(stored);
  }

  /** Undefined when the stream does not exist. */
  async newestPosition(key: StockKey): Promise<Position | undefined> {
    const newest = { direction: 'backwards', maxCount: 1 } as const;
    for await (const { position } of this.store.readStream(stockStream(key), newest)) return position;
    return undefined;
  }
}

const toHistoryEvent = ({ revision, type, id, data, metadata }: RecordedEvent): HistoryEvent => ({
  revision,
  type,
  id,
  occurredAt: String(metadata.occurredAt),
  recordedAt: String(metadata.recordedAt),
  data,
  metadata,
});
