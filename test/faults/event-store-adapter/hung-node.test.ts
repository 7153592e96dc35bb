import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { EventStoreUnavailable, type NewEvent, START } from '../../../src/ports/event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';

const event = (): NewEvent => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

describe('A node that hangs with its connections open', () => {
  let node: EventNodeForTest;
  /** Soon gives up an attempt, and never the append. */
  let store: EventStoreDbEventStore;
  /** Soon gives up everything. */
  let impatient: EventStoreDbEventStore;

  beforeEach(async () => {
    node = await startEventNode();
    store = new EventStoreDbEventStore({ url: node.url, attemptTimeoutMs: 200, appendTimeoutMs: 60_000 });
    impatient = new EventStoreDbEventStore({
      url: node.url,
      attemptTimeoutMs: 200,
      appendTimeoutMs: 1_000,
      readIdleTimeoutMs: 200,
      headSearchMs: 200,
      readResumeForMs: 300,
      stallTimeoutMs: 200,
    });
    await store.append('hung', 'no-stream', [event()]);
  });
  afterEach(async () => {
    node.resume();
    await Promise.all([store.close(), impatient.close()]);
    await node.stop();
  });

  it('for a while only delays appends: each is there once', async () => {
    const written = Array.from({ length: 32 }, event);
    node.pause();
    const appending = Promise.all(written.map((one, index) => store.append(`hung-${index}`, 'no-stream', [one])));
    await new Promise((resolve) => setTimeout(resolve, 700));
    node.resume();
    expect(new Set((await appending).map(({ status }) => status))).toEqual(new Set(['appended']));
    const stored: string[] = [];
    for await (const { id } of store.readAll({ streamPrefixes: ['hung-'] })) stored.push(id);
    expect(stored.toSorted()).toEqual(written.map(({ id }) => id).toSorted());
  });

  it('for longer leaves the outcome unknown, and the same append settles it later', async () => {
    const written = [event(), event()];
    node.pause();
    await expect(impatient.append('hung', 0, written)).rejects.toThrow(EventStoreUnavailable);
    node.resume();
    expect(await store.append('hung', 0, written)).toMatchObject({ status: 'appended', revision: 2 });
    const stored: string[] = [];
    for await (const { id } of store.readStream('hung', { from: 1 })) stored.push(id);
    expect(stored).toEqual(written.map(({ id }) => id));
  });

  it('fails reads instead of waiting for ever', async () => {
    node.pause();
    await expect(impatient.head(['hung'])).rejects.toThrow(EventStoreUnavailable);
    await expect(impatient.readStream('hung')[Symbol.asyncIterator]().next()).rejects.toThrow(EventStoreUnavailable);
  });

  it('ends a subscription that would stay silent', async () => {
    const { signal } = new AbortController();
    const follow = async () => {
      for await (const batch of impatient.subscribe({ after: START, streamPrefixes: ['hung'], signal })) {
        if (batch.live) node.pause();
      }
    };
    await expect(follow()).rejects.toThrow(EventStoreUnavailable);
  });
});
