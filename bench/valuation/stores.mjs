/** Event stores to value into, filled with movements one append each, as they come in. */
import { join } from 'node:path';
import { startNode } from '../write-path/measure.mjs';

const AT_ONCE = 256;

/** Appends in the order of each stream, many streams at once. */
export async function fill(store, events) {
  const lanes = Array.from({ length: AT_ONCE }, () => []);
  for (const event of events) lanes[laneOf(event.stream)].push(event);
  await Promise.all(
    lanes.map(async (lane) => {
      for (const { stream, revision, id, type, data, metadata } of lane) {
        await store.append(stream, revision === 0 ? 'no-stream' : revision - 1, [{ id, type, data, metadata }]);
      }
    }),
  );
}

function laneOf(stream) {
  let hash = 0;
  for (let index = 0; index < stream.length; index += 1) hash = (Math.imul(hash, 31) + stream.charCodeAt(index)) | 0;
  return (hash >>> 0) % AT_ONCE;
}

export async function embeddedStore(dist) {
  const { EventStoreDbEventStore } = await import(
    join(dist, 'adapters/event-store/eventstoredb/eventstoredb-event-store.js')
  );
  const node = await startNode(dist);
  const store = new EventStoreDbEventStore({ url: node.url });
  const close = async () => {
    await store.close();
    await node.stop();
  };
  return { store, cpuUs: () => node.cpuUs(), close };
}

/** A store that knows the revision of each stream and forgets what was in it. */
export function forgetfulStore() {
  const revisions = new Map();
  let position = 1_000_000_000n;
  return {
    async append(stream, expected, events) {
      const revision = revisions.get(stream) ?? -1;
      if (expected !== 'any' && (expected === 'no-stream' ? -1 : expected) !== revision) {
        return { status: 'conflict', revision };
      }
      JSON.stringify(events);
      if (stream.startsWith('valuation-')) revisions.set(stream, revision + events.length);
      position += BigInt(events.length);
      return { status: 'appended', revision: revision + events.length, position };
    },
    async *readStream() {},
    async keepNewest() {},
  };
}
