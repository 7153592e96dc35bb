import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { EventStoreUnavailable, type NewEvent, type Position, START } from '../../../src/ports/event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';

const EACH = 30;
const event = (): NewEvent => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

interface Acknowledged {
  readonly id: string;
  readonly stream: string;
  readonly revision: number;
  readonly position: Position;
}

describe('A node killed under load and started again on its port', () => {
  let node: EventNodeForTest;
  let store: EventStoreDbEventStore;

  beforeAll(async () => {
    node = await startEventNode();
    store = new EventStoreDbEventStore({ url: node.url, appendTimeoutMs: 30_000, readResumeForMs: 30_000 });
  });
  afterAll(async () => {
    await store.close();
    await node.stop();
  });

  it('costs no append and doubles none, and subscribers that resume miss nothing', async () => {
    const acknowledged: Acknowledged[] = [];
    /** Appends one event after another; goes to the present revision when somebody else was first. */
    const appender = async (stream: string) => {
      let expected = -1;
      for (let number = 0; number < EACH; number += 1) {
        const mine = event();
        let outcome = await store.append(stream, expected < 0 ? 'no-stream' : expected, [mine]);
        while (outcome.status === 'conflict') {
          outcome = await store.append(stream, outcome.revision < 0 ? 'no-stream' : outcome.revision, [mine]);
        }
        const { revision, position } = outcome;
        acknowledged.push({ id: mine.id, stream, revision, position });
        expected = revision;
      }
    };
    const alone = Array.from({ length: 48 }, (_, index) => appender(`crash-alone-${index}`));
    const shared = Array.from({ length: 16 }, () => appender('crash-shared'));
    const total = (alone.length + shared.length) * EACH;

    const stopping = new AbortController();
    const following = Array.from({ length: 4 }, () => followed(total, stopping.signal));

    for (let kill = 1; kill <= 3; kill += 1) {
      await eventually(() => acknowledged.length >= (total * kill) / 5);
      await node.kill9();
      await node.restart();
    }
    await Promise.all([...alone, ...shared]);

    const stored: Acknowledged[] = [];
    for await (const { id, stream, revision, position } of store.readAll({ streamPrefixes: ['crash-'] })) {
      stored.push({ id, stream, revision, position });
    }
    expect(acknowledged).toHaveLength(total);
    expect(stored).toEqual(acknowledged.toSorted((a, b) => Number(a.position - b.position)));
    for (const seen of await Promise.all(following)) expect(seen).toEqual(stored.map(({ id }) => id));
  }, 120_000);

  /** Follows as a projection does: after a failure it goes on behind what it has dealt with. */
  async function followed(total: number, signal: AbortSignal): Promise<string[]> {
    const seen: string[] = [];
    let after: Position = START;
    while (seen.length < total) {
      try {
        for await (const batch of store.subscribe({ after, streamPrefixes: ['crash-'], signal })) {
          seen.push(...batch.events.map(({ id }) => id));
          after = batch.position;
          if (seen.length >= total) break;
        }
      } catch (error) {
        if (!(error instanceof EventStoreUnavailable)) throw error;
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
    }
    return seen;
  }
});

describe('A node that is away for longer than an append waits', () => {
  let node: EventNodeForTest;
  let store: EventStoreDbEventStore;

  beforeAll(async () => {
    node = await startEventNode();
    store = new EventStoreDbEventStore({ url: node.url, appendTimeoutMs: 2_000, readResumeForMs: 200 });
  });
  afterAll(async () => {
    await store.close();
    await node.stop();
  });

  it('fails appends, reads and subscriptions as unavailable, and serves them once it is back', async () => {
    const before = event();
    await store.append('away', 'no-stream', [before]);
    await node.kill9();
    // Long enough for delays between dials that grow to show, if there were any.
    for (let time = 0; time < 3; time += 1) {
      await expect(store.append('away', 0, [event()])).rejects.toThrow(EventStoreUnavailable);
    }
    await expect(ids('away')).rejects.toThrow(EventStoreUnavailable);
    await expect(store.head([])).rejects.toThrow(EventStoreUnavailable);
    const { signal } = new AbortController();
    const batches = store.subscribe({ after: START, streamPrefixes: ['away'], signal });
    await expect(batches[Symbol.asyncIterator]().next()).rejects.toThrow(EventStoreUnavailable);

    await node.restart();
    const after = event();
    expect(await store.append('away', 0, [after])).toMatchObject({ status: 'appended', revision: 1 });
    expect(await ids('away')).toEqual([before.id, after.id]);
  });

  async function ids(stream: string): Promise<string[]> {
    const found: string[] = [];
    for await (const { id } of store.readStream(stream)) found.push(id);
    return found;
  }
});

async function eventually(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 1));
}
