import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { Subscription } from '../../../src/adapters/event-store/eventstoredb/subscription.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { EventStoreUnavailable, START, type SubscriptionBatch } from '../../../src/ports/event-store.js';

/** A call that stays open and never brings anything. */
class SilentCall extends PassThrough {
  cancelled = 0;

  cancel(): void {
    this.cancelled += 1;
    this.end();
  }

  getPeer(): string {
    return 'nobody';
  }
}

function silent(store: MemoryEventStore, signal = new AbortController().signal) {
  const call = new SilentCall({ objectMode: true });
  const connection = { read: async () => call as unknown as ClientReadableStream<Buffer> };
  const options = { after: START, streamPrefixes: ['stock-'], signal };
  return { call, batches: new Subscription(connection, store, options, 20).batches() };
}

async function drain(batches: AsyncIterable<SubscriptionBatch>): Promise<number> {
  let count = 0;
  for await (const _ of batches) count += 1;
  return count;
}

const event = () => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

describe('A subscription that brings nothing', () => {
  it('though the store has something for it is given up, and its call with it', async () => {
    const store = new MemoryEventStore();
    await store.append('stock-a', 'no-stream', [event()]);
    const { call, batches } = silent(store);
    await expect(drain(batches)).rejects.toThrow(EventStoreUnavailable);
    expect(call.cancelled).toBeGreaterThan(0);
  });

  it('because there is nothing for it goes on waiting', async () => {
    const store = new MemoryEventStore();
    await store.append('transfer-a', 'no-stream', [event()]);
    const stopping = new AbortController();
    const { batches } = silent(store, stopping.signal);
    const waiting = drain(batches);
    const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 200, 'still waiting'))]);
    expect(early).toBe('still waiting');
    stopping.abort();
    expect(await waiting).toBe(0);
  });

  it('for the call has ended is unavailable', async () => {
    const { call, batches } = silent(new MemoryEventStore());
    const waiting = drain(batches);
    call.end();
    await expect(waiting).rejects.toThrow(EventStoreUnavailable);
  });
});
