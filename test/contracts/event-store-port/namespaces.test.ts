import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { NamespacedEventStore } from '../../../src/adapters/event-store/namespaced-event-store.js';
import type { ExpectedRevision, NewEvent } from '../../../src/ports/event-store.js';
import { type EventStore, START } from '../../../src/ports/event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';
import { appends } from './appends.js';
import { all, event, events, freshPrefix, given, ids } from './given.js';
import { reads } from './reads.js';
import { retries } from './retries.js';
import { subscriptions } from './subscriptions.js';

/** Set, the suite runs against that server instead of the embedded node. */
const SERVER = process.env.EVENTSTORE_URL || undefined;
const freshNamespace = () => `n${randomUUID().replaceAll('-', '').slice(0, 20)}`;

/** A namespace whose neighbours, one of them without a namespace, always do the same just before. */
class AmongNeighbours extends NamespacedEventStore {
  private readonly otherIds = new Map<string, string>();

  constructor(
    whole: EventStore,
    namespace: string,
    private readonly neighbours: readonly EventStore[],
  ) {
    super(whole, namespace);
  }

  override async append(stream: string, expected: ExpectedRevision, written: readonly NewEvent[]) {
    // EventStoreDB remembers an id for one stream alone, and what is written under it to many makes it forgetful.
    for (const [index, neighbour] of this.neighbours.entries()) {
      await neighbour.append(
        stream,
        expected,
        written.map((one) => ({ ...one, id: this.otherId(index, one.id) })),
      );
    }
    return super.append(stream, expected, written);
  }

  private otherId(neighbour: number, id: string): string {
    const other = this.otherIds.get(`${neighbour} ${id}`) ?? randomUUID();
    this.otherIds.set(`${neighbour} ${id}`, other);
    return other;
  }

  override async keepNewest(stream: string, count: number): Promise<void> {
    for (const neighbour of this.neighbours) await neighbour.keepNewest(stream, count);
    await super.keepNewest(stream, count);
  }
}

let node: EventNodeForTest | undefined;
let whole: EventStoreDbEventStore;
beforeAll(async () => {
  node = SERVER === undefined ? await startEventNode() : undefined;
  whole = new EventStoreDbEventStore({ url: SERVER ?? node?.url ?? '' });
});
afterAll(async () => {
  await whole.close();
  await node?.stop();
});

describe('A namespace of a store, among others that do the same', () => {
  const name = freshNamespace();
  let store: EventStore;
  beforeAll(() => {
    store = new AmongNeighbours(whole, name, [whole, new NamespacedEventStore(whole, `${name}2`)]);
  });
  for (const part of [appends, retries, reads, subscriptions]) part(() => store);
});

describe('two namespaces of one store, one the beginning of the other', () => {
  function aPair() {
    const name = freshNamespace();
    return [new NamespacedEventStore(whole, name), new NamespacedEventStore(whole, `${name}2`)] as const;
  }

  it('have streams of the same names, and only their own', async () => {
    const [shop, shop2] = aPair();
    const mine = events(3);
    const others = events(2);
    await given(shop, 'stock-a', 'no-stream', mine);
    await given(shop2, 'stock-a', 'no-stream', others);
    for (const [store, written] of [[shop, mine] as const, [shop2, others] as const]) {
      for (const streamPrefixes of [[], ['stock-'], ['nothing-', 's']]) {
        const read = await all(store.readAll({ streamPrefixes }));
        expect(ids(read.filter(({ stream }) => stream === 'stock-a'))).toEqual(ids(written));
        expect(new Set(read.map(({ stream }) => stream))).toEqual(new Set(['stock-a']));
      }
      expect(ids(await all(store.readStream('stock-a')))).toEqual(ids(written));
    }
  });

  it('take the same event, under the same id, each for itself', async () => {
    const [shop, shop2] = aPair();
    const written = [event()];
    for (const store of [shop, shop2, shop]) {
      expect(await store.append('stock-a', 'no-stream', written)).toMatchObject({ status: 'appended', revision: 0 });
      expect(ids(await all(store.readAll()))).toEqual(ids(written));
    }
  });

  it('have identities of their own, that stay', async () => {
    const [shop, shop2] = aPair();
    const identities = [await whole.identity(), await shop.identity(), await shop2.identity()];
    expect(new Set(identities).size).toBe(3);
    expect([await whole.identity(), await shop.identity(), await shop2.identity()]).toEqual(identities);
  });

  it('forget each for itself', async () => {
    const [shop, shop2] = aPair();
    const written = events(5);
    for (const store of [shop, shop2]) await given(store, 'checkpoint-a', 'no-stream', written);
    await shop.keepNewest('checkpoint-a', 2);
    expect(ids(await all(shop.readStream('checkpoint-a')))).toEqual(ids(written.slice(3)));
    expect(ids(await all(shop2.readStream('checkpoint-a')))).toEqual(ids(written));
  });

  it('have heads of their own', async () => {
    const [shop, shop2] = aPair();
    await shop2.identity();
    const { position } = await given(shop, 'stock-a', 'no-stream', events(2));
    expect(await shop.head([])).toBe(position);
    expect(await shop2.head(['stock-'])).toBeLessThanOrEqual(position);
  });
});

it('a namespace in a full store begins at its own first event', async () => {
  const from: bigint[] = [];
  class Watched extends EventStoreDbEventStore {
    override readAll(options = {}) {
      from.push('after' in options ? (options.after as bigint) : START);
      return super.readAll(options);
    }
  }
  const watched = new Watched({ url: SERVER ?? node?.url ?? '' });
  const { position } = await given(whole, `${freshPrefix()}other`, 'no-stream', events(10));
  const shop = new NamespacedEventStore(watched, freshNamespace());
  await given(shop, 'stock-a', 'no-stream', events(1));
  expect(await all(shop.readAll())).toHaveLength(1);
  const leave = new AbortController();
  for await (const batch of shop.subscribe({ after: START, streamPrefixes: [], signal: leave.signal })) {
    expect(batch.position).toBeGreaterThan(position);
    if (batch.live) leave.abort();
  }
  expect(from).toHaveLength(1);
  expect(from[0]).toBeGreaterThan(position);
  await shop.close();
});
