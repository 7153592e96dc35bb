import { stockEvent } from '../read-model/fill.mjs';

const APPENDS = 2_000;
const STREAMS_READ = 2_000;
const READS_AT_ONCE = 16;
const READ_ALL = 500_000;

/** Appends one after the other, whole streams, and all streams from the start, of a store that holds much already. */
export async function measureStore(store, { streams, streamOf, say }) {
  const anywhere = () => streamOf(Math.floor(Math.random() * streams));
  const heads = new Map();
  for (let number = 0; number < APPENDS; number += 1) {
    const stream = anywhere();
    for await (const { revision } of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
      heads.set(stream, revision);
    }
  }
  const took = [];
  for (const [stream, head] of heads) {
    const startedMs = performance.now();
    await store.append(stream, head, [stockEvent('Sold', { id: `late-${stream}`, quantity: 1 })]);
    took.push(performance.now() - startedMs);
  }
  took.sort((one, other) => one - other);
  const at = (part) => took[Math.floor(took.length * part)].toFixed(2);
  say(`${took.length} appends one by one: p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`);

  let wholeStreams = 0;
  const readStreams = async () => {
    while (wholeStreams < STREAMS_READ) {
      wholeStreams += 1;
      for await (const _ of store.readStream(anywhere()));
    }
  };
  const streamsFromMs = performance.now();
  await Promise.all(Array.from({ length: READS_AT_ONCE }, readStreams));
  say(`whole streams read: ${rate(STREAMS_READ, streamsFromMs)}/s`);

  const allFromMs = performance.now();
  let read = 0;
  for await (const _ of store.readAll({ streamPrefixes: ['stock-'], maxCount: READ_ALL })) read += 1;
  say(`all streams read: ${rate(read, allFromMs)} events/s`);
}

const rate = (count, sinceMs) => Math.round(count / ((performance.now() - sinceMs) / 1_000)).toLocaleString('en');
