import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { EventStoreUnavailable } from '../../../src/ports/event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';

describe('A connection string', () => {
  let node: EventNodeForTest;

  beforeAll(async () => {
    node = await startEventNode();
  });
  afterAll(() => node.stop());

  const connecting = async (url: string): Promise<string> => {
    const store = new EventStoreDbEventStore({ url, openTimeoutMs: 5_000, readResumeForMs: 300 });
    try {
      await store.append(randomUUID(), 'no-stream', [{ id: randomUUID(), type: 'T', data: {}, metadata: {} }]);
      return await store.identity();
    } finally {
      await store.close();
    }
  };

  it('of several hosts finds the node that is there, by gossip', async () => {
    const host = new URL(node.url).host;
    const identity = await connecting(node.url);
    expect(await connecting(`esdb://127.0.0.1:1,${host}?tls=false`)).toBe(identity);
    expect(await connecting(`esdb+discover://${host}?tls=false`)).toBe(identity);
  });

  it('that is none is refused at once', () => {
    expect(() => new EventStoreDbEventStore({ url: 'http://127.0.0.1:2113' })).toThrow('esdb://');
  });

  it('of hosts that are away is an unavailable store, in bounded time', async () => {
    const store = new EventStoreDbEventStore({
      url: 'esdb://127.0.0.1:1,127.0.0.1:2?tls=false',
      openTimeoutMs: 300,
      appendTimeoutMs: 600,
      readResumeForMs: 100,
    });
    await expect(store.identity()).rejects.toThrow(EventStoreUnavailable);
    const appending = store.append('a', 'any', [{ id: randomUUID(), type: 'T', data: {}, metadata: {} }]);
    await expect(appending).rejects.toThrow(EventStoreUnavailable);
    await store.close();
  });

  it('is of no use once the store was closed', async () => {
    const store = new EventStoreDbEventStore({ url: node.url, appendTimeoutMs: 200 });
    await store.identity();
    await store.close();
    await expect(store.identity()).rejects.toThrow(EventStoreUnavailable);
    const appending = store.append('a', 'any', [{ id: randomUUID(), type: 'T', data: {}, metadata: {} }]);
    await expect(appending).rejects.toThrow(EventStoreUnavailable);
  });
});
