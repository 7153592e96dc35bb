import { randomUUID } from 'node:crypto';
import { PassThrough } from 'node:stream';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientReadableStream } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { ReadCall } from '../../../src/adapters/event-store/eventstoredb/read-call.js';
import { Subscription } from '../../../src/adapters/event-store/eventstoredb/subscription.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { EventStoreUnavailable, START, type SubscriptionBatch } from '../../../src/ports/event-store.js';

/** A call that stays open and brings what a test writes into it. */
class ScriptedCall extends PassThrough {
  cancelled = 0;

  cancel(): void {
    this.cancelled += 1;
    this.end();
  }

  getPeer(): string {
    return 'nobody';
  }
}

const asGrpc = (call: ScriptedCall) => call as unknown as ClientReadableStream<Buffer>;

function subscribed(store: MemoryEventStore, signal = new AbortController().signal, after = START) {
  const call = new ScriptedCall({ objectMode: true });
  const connection = { read: async () => asGrpc(call) };
  const options = { after, streamPrefixes: ['stock-'], signal };
  return { call, batches: new Subscription(connection, store, options, 20).batches() };
}

async function drain(batches: AsyncIterable<SubscriptionBatch>): Promise<number> {
  let count = 0;
  for await (const _ of batches) count += 1;
  return count;
}

const bytes = (response: InstanceType<typeof streams.ReadResp>) => Buffer.from(response.serializeBinary());

function eventAt(position: number): Buffer {
  const recorded = new streams.ReadResp.ReadEvent.RecordedEvent();
  recorded.setId(new shared.UUID().setString(randomUUID()));
  recorded.setStreamIdentifier(new shared.StreamIdentifier().setStreamName(Buffer.from('stock-a')));
  recorded.setStreamRevision(String(position)).setCommitPosition(String(position)).setPreparePosition(String(position));
  return bytes(new streams.ReadResp().setEvent(new streams.ReadResp.ReadEvent().setEvent(recorded)));
}

function checkpointAt(position: number): Buffer {
  const checkpoint = new streams.ReadResp.Checkpoint().setCommitPosition(String(position));
  return bytes(new streams.ReadResp().setCheckpoint(checkpoint.setPreparePosition(String(position))));
}

const event = () => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

describe('A subscription that brings nothing', () => {
  it('though the store has something for it is given up, and its call with it', async () => {
    const store = new MemoryEventStore();
    await store.append('stock-a', 'no-stream', [event()]);
    const { call, batches } = subscribed(store);
    await expect(drain(batches)).rejects.toThrow(EventStoreUnavailable);
    expect(call.cancelled).toBeGreaterThan(0);
  });

  it('because there is nothing for it goes on waiting', async () => {
    const store = new MemoryEventStore();
    await store.append('transfer-a', 'no-stream', [event()]);
    const stopping = new AbortController();
    const { batches } = subscribed(store, stopping.signal);
    const waiting = drain(batches);
    const early = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 200, 'still waiting'))]);
    expect(early).toBe('still waiting');
    stopping.abort();
    expect(await waiting).toBe(0);
  });

  it('for the call has ended is unavailable', async () => {
    const { call, batches } = subscribed(new MemoryEventStore());
    const waiting = drain(batches);
    call.end();
    await expect(waiting).rejects.toThrow(EventStoreUnavailable);
  });
});

describe('A subscription that is told', () => {
  it('what it knows already, passes on what is new alone, and never goes back', async () => {
    const { call, batches } = subscribed(new MemoryEventStore(), undefined, 5n);
    for (const message of [eventAt(5), eventAt(7), checkpointAt(6), checkpointAt(0), eventAt(7), eventAt(9)]) {
      call.write(message);
    }
    const revisions: number[] = [];
    let position = 0n;
    for await (const batch of batches) {
      expect(batch.position).toBeGreaterThanOrEqual(position);
      position = batch.position;
      revisions.push(...batch.events.map(({ revision }) => revision));
      if (position === 9n) break;
    }
    expect(revisions).toEqual([7, 9]);
  });
});

describe('A read that nobody takes from', () => {
  it('stops receiving when it is full, and goes on once it is not', async () => {
    const call = new ScriptedCall({ objectMode: true });
    const read = new ReadCall(asGrpc(call), 'Read');
    let written = 0;
    while (written < 20_000 && call.write(eventAt(written + 1))) written += 1;
    expect(written).toBeLessThan(20_000);
    expect(call.isPaused()).toBe(true);
    const taken = await read.take(10_000, 1_000);
    expect(taken.length).toBeGreaterThan(100);
    expect(call.isPaused()).toBe(false);
  });
});
