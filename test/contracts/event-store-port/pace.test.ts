import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { Pace } from '../../../src/adapters/event-store/eventstoredb/pace.js';
import { START } from '../../../src/ports/event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';
import { events } from './given.js';

const ROUND_MS = 2;

/** Keeps the process busy for so many rounds, with turns for others between them. */
class BusyNeighbour {
  done = false;

  constructor(rounds: number) {
    this.work(rounds);
  }

  private work(left: number): void {
    const untilMs = performance.now() + ROUND_MS;
    while (performance.now() < untilMs);
    if (left > 1) setImmediate(() => this.work(left - 1));
    else this.done = true;
  }
}

describe('a follower that may lag', () => {
  let node: EventNodeForTest;
  let store: EventStoreDbEventStore;
  beforeAll(async () => {
    node = await startEventNode();
    store = new EventStoreDbEventStore({ url: node.url });
  });
  afterAll(async () => {
    await store.close();
    await node.stop();
  });

  it('lets a busy neighbour finish first', async () => {
    const pace = new Pace(new AbortController().signal);
    const neighbour = new BusyNeighbour(30);
    await pace.rest(60_000, false);
    expect(neighbour.done).toBe(true);
  });

  it('rests no longer than its work deserves', async () => {
    const pace = new Pace(new AbortController().signal);
    const neighbour = new BusyNeighbour(100);
    await pace.rest(1, false);
    expect(neighbour.done).toBe(false);
  });

  it('rests no more once it is behind for too long', async () => {
    const pace = new Pace(new AbortController().signal, -1);
    const neighbour = new BusyNeighbour(2);
    await pace.rest(60_000, true);
    expect(neighbour.done).toBe(false);
  });

  it('gets everything in order all the same', async () => {
    const written = events(300);
    const signal = AbortSignal.timeout(60_000);
    const batches = store.subscribe({ after: START, streamPrefixes: ['paced-'], signal, maxBatch: 20, mayLag: true });
    const writing = Promise.all(written.map((event, index) => store.append(`paced-${index}`, 'no-stream', [event])));
    const got: string[] = [];
    let position = START;
    for await (const batch of batches) {
      for (const event of batch.events) {
        expect(event.position > position).toBe(true);
        position = event.position;
        got.push(event.id);
      }
      if (got.length === written.length) break;
    }
    await writing;
    expect(got.sort()).toEqual(written.map(({ id }) => id).sort());
  });
});
