import {
  END,
  eventTypeFilter,
  excludeSystemEvents,
  type Filter,
  type Position,
  START,
  StreamDeletedError,
  streamNameFilter,
} from '@eventstore/db-client';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { connect, event, events, newStream } from './support.js';

const client = await connect();
type Subscription = ReturnType<typeof client.subscribeToAll> | ReturnType<typeof client.subscribeToStream>;
const open = new Set<Subscription>();
afterEach(async () => {
  for (const subscription of open) await subscription.unsubscribe();
  open.clear();
});

/** What a subscription says, as it says it. */
function listen(subscription: Subscription) {
  const said: string[] = [];
  const errors: Error[] = [];
  open.add(subscription);
  subscription.on('confirmation', () => said.push('confirmed'));
  subscription.on('caughtUp', () => said.push('caught up'));
  subscription.on('error', (error: Error) => errors.push(error));
  subscription.on('data', ({ event }: { event?: { revision: bigint } }) => said.push(String(event?.revision)));
  const hears = (expected: readonly string[]) => vi.waitFor(() => expect(said).toEqual(expected), { timeout: 10_000 });
  return { said, errors, hears };
}

describe('a subscription to a stream', () => {
  test('from the start: confirmed, history, caught up once, then what comes', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await hears(['confirmed', '0', '1', 'caught up']);
    await client.appendToStream(stream, event());
    await hears(['confirmed', '0', '1', 'caught up', '2']);
  });

  test('from a revision: what comes after it', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(4));
    await listen(client.subscribeToStream(stream, { fromRevision: 1n })).hears(['confirmed', '2', '3', 'caught up']);
  });

  test('from the end: only what is new', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: END }));
    await hears(['confirmed', 'caught up']);
    await client.appendToStream(stream, event());
    await hears(['confirmed', 'caught up', '2']);
  });

  test('from past the end: only revisions beyond that', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    const { said } = listen(client.subscribeToStream(stream, { fromRevision: 3n }));
    await vi.waitFor(() => expect(said).toContain('confirmed'));
    await client.appendToStream(stream, events(4));
    await vi.waitFor(() => expect(said.filter((word) => /\d/.test(word))).toEqual(['4', '5']));
  });

  test('before there is such a stream', async () => {
    const stream = newStream();
    const { said } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await vi.waitFor(() => expect(said).toContain('confirmed'));
    await client.appendToStream(stream, events(2));
    await vi.waitFor(() => expect(said.filter((word) => /\d/.test(word))).toEqual(['0', '1']));
  });

  test('shows as history what reads show, and all that comes later', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(4));
    await client.setStreamMetadata(stream, { maxCount: 2 });
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await hears(['confirmed', '2', '3', 'caught up']);
    await client.appendToStream(stream, events(4));
    await hears(['confirmed', '2', '3', 'caught up', '4', '5', '6', '7']);
  });

  test('of a deleted stream stays open, and hears when it begins anew', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    const { hears } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await hears(['confirmed', '0', '1', 'caught up']);
    await client.deleteStream(stream);
    await client.appendToStream(stream, event());
    await hears(['confirmed', '0', '1', 'caught up', '2']);
  });

  test('to a deleted stream hears what comes next, not what was deleted', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(2));
    await client.deleteStream(stream);
    const { said } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await vi.waitFor(() => expect(said).toContain('confirmed'));
    await client.appendToStream(stream, event());
    await vi.waitFor(() => expect(said.filter((word) => /\d/.test(word))).toEqual(['2']));
  });

  test('ends when the stream is tombstoned, and cannot begin after', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    const early = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await early.hears(['confirmed', '0', 'caught up']);
    await client.tombstoneStream(stream);
    await vi.waitFor(() => expect(early.errors[0]).toBeInstanceOf(StreamDeletedError));
    const late = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await vi.waitFor(() => expect(late.errors[0]).toBeInstanceOf(StreamDeletedError));
    expect(late.said).toEqual([]);
  });

  test('that is left hears nothing more', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const { said, errors, hears } = listen(subscription);
    await hears(['confirmed', '0', 'caught up']);
    await subscription.unsubscribe();
    await client.appendToStream(stream, event());
    const other = listen(client.subscribeToStream(stream, { fromRevision: START }));
    await other.hears(['confirmed', '0', '1', 'caught up']);
    expect(said).toEqual(['confirmed', '0', 'caught up']);
    expect(errors).toEqual([]);
  });

  test('going live while others write misses nothing and repeats nothing', async () => {
    const stream = newStream();
    await client.appendToStream(stream, events(500));
    const { said } = listen(client.subscribeToStream(stream, { fromRevision: START }));
    for (let count = 0; count < 50; count++) await client.appendToStream(stream, events(10));
    await vi.waitFor(() => expect(said).toContain('999'), { timeout: 10_000 });
    expect(said.filter((word) => /\d/.test(word))).toEqual(Array.from({ length: 1_000 }, (_, index) => String(index)));
    expect(said.filter((word) => word === 'caught up')).toHaveLength(1);
  });
});

describe('a subscription to $all', () => {
  async function hear(options: { fromPosition?: Position; filter?: Filter }, until: string) {
    const heard: string[] = [];
    const subscription = client.subscribeToAll({ fromPosition: START, ...options });
    open.add(subscription);
    await new Promise<void>((resolve, reject) => {
      subscription.on('error', reject);
      subscription.on('data', ({ event }) => {
        heard.push(`${event?.streamId} ${event?.revision}`);
        if (event?.streamId === until) resolve();
      });
    });
    return heard;
  }

  test('by the names of streams, one prefix or another', async () => {
    const [apple, pear, plum, end] = [newStream('apple'), newStream('pear'), newStream('plum'), newStream('end')];
    for (const stream of [apple, pear, plum, end]) await client.appendToStream(stream, event());
    const heard = await hear({ filter: streamNameFilter({ prefixes: ['apple-', 'plum-', end] }) }, end);
    expect(heard).toEqual([`${apple} 0`, `${plum} 0`, `${end} 0`]);
  });

  test('by a regular expression over types', async () => {
    const [stream, end] = [newStream(), newStream()];
    const mark = newStream('T').replaceAll('-', '');
    await client.appendToStream(stream, [event(`${mark}Sold`), event('Other'), event(`${mark}Returned`)]);
    await client.appendToStream(end, event(`${mark}End`));
    const heard = await hear({ filter: eventTypeFilter({ regex: `^${mark}(Sold|Returned|End)$` }) }, end);
    expect(heard).toEqual([`${stream} 0`, `${stream} 2`, `${end} 0`]);
  });

  test('leaves out what the server writes for itself', async () => {
    const [stream, end] = [newStream(), newStream()];
    await client.appendToStream(stream, event());
    await client.setStreamMetadata(stream, { maxCount: 5 });
    await client.appendToStream(end, event());
    const heard = await hear({ filter: excludeSystemEvents() }, end);
    expect(heard.filter((word) => word.includes(stream))).toEqual([`${stream} 0`]);
    expect(heard.filter((word) => word.startsWith('$'))).toEqual([]);
  });

  test('from a position: what comes after it', async () => {
    const [stream, end] = [newStream(), newStream()];
    const { position } = await client.appendToStream(stream, event());
    await client.appendToStream(stream, event());
    await client.appendToStream(end, event());
    const heard = await hear({ fromPosition: position ?? { commit: 0n, prepare: 0n } }, end);
    expect(heard).toEqual([`${stream} 1`, `${end} 0`]);
  });

  test('from the end: only what is new', async () => {
    const stream = newStream();
    const { said, hears } = listen(client.subscribeToAll({ fromPosition: END }));
    await hears(['confirmed', 'caught up']);
    await client.appendToStream(stream, events(2));
    await hears(['confirmed', 'caught up', '0', '1']);
    expect(said).toHaveLength(4);
  });

  test('tells checkpoints; from each of them on nothing is lost and nothing repeated', async () => {
    const [wanted, other, end] = [newStream('wanted'), newStream('other'), newStream('wanted-end')];
    for (let count = 0; count < 10; count++) {
      await client.appendToStream(wanted, event());
      await client.appendToStream(other, events(3));
    }
    await client.appendToStream(end, event());
    const trace: Array<{ revision: bigint } | { checkpoint: Position }> = [];
    const filter = streamNameFilter({
      prefixes: [wanted, end],
      maxSearchWindow: 4,
      checkpointInterval: 1,
      checkpointReached: async (_, checkpoint) => {
        trace.push({ checkpoint });
      },
    });
    const subscription = client.subscribeToAll({ fromPosition: START, filter });
    open.add(subscription);
    subscription.on('data', ({ event }) => trace.push({ revision: event?.revision ?? -1n }));
    await vi.waitFor(() => expect(trace.filter((said) => 'revision' in said)).toHaveLength(11));
    const all = [...Array.from({ length: 10 }, (_, revision) => `${wanted} ${revision}`), `${end} 0`];
    const checkpoints = trace.flatMap((said, index) => ('checkpoint' in said ? [{ ...said, index }] : []));
    expect(checkpoints.length).toBeGreaterThan(5);
    for (const { checkpoint, index } of checkpoints) {
      const before = trace.slice(0, index).filter((said) => 'revision' in said).length;
      if (before === all.length) continue;
      const rest = await hear({ fromPosition: checkpoint, filter: streamNameFilter({ prefixes: [wanted, end] }) }, end);
      expect(rest).toEqual(all.slice(before));
    }
  });
});
