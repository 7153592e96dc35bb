import { randomBytes } from 'node:crypto';
import { binaryEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { all, jsonText, NodeProcess } from '../contracts/event-store/support.js';
import { eventstore, fill, ONE_BY_ONE } from './support.js';

const stores = { source: await NodeProcess.start(), target: await NodeProcess.start() };
afterAll(async () => {
  for (const node of Object.values(stores)) await node.remove();
});

const LARGEST = 1_048_576;
const event = (n: number) => jsonEvent({ type: 'Received', data: { n } });
const metadata = (text: string) => jsonText('$metadata', text);

/** Each a stream or two, written as a name says. */
const STORIES: Readonly<Record<string, (client: EventStoreDBClient, stream: string) => Promise<unknown>>> = {
  'truncated before its third event': async (client, stream) => {
    await client.appendToStream(stream, [0, 1, 2, 3].map(event), ONE_BY_ONE);
    await client.setStreamMetadata(stream, { truncateBefore: 2 });
  },
  'truncated behind its end': async (client, stream) => {
    await client.appendToStream(stream, [0, 1].map(event), ONE_BY_ONE);
    await client.setStreamMetadata(stream, { truncateBefore: 99 });
  },
  'with an age, a list of rights and words of its own': async (client, stream) => {
    await client.appendToStream(stream, event(0), ONE_BY_ONE);
    await client.setStreamMetadata(stream, { maxAge: 86_400, acl: { readRoles: ['clerks'] }, shop: 'Zürich' });
  },
  'with metadata before it has an event': async (client, stream) => {
    await client.setStreamMetadata(stream, { maxCount: 1 });
    await client.appendToStream(stream, [0, 1].map(event), ONE_BY_ONE);
  },
  'with metadata that are broken, of another type, and as bytes': async (client, stream) => {
    await client.appendToStream(stream, event(0), ONE_BY_ONE);
    await client.appendToStream(`$$${stream}`, metadata('{"$maxCount": "many"'), ONE_BY_ONE);
    await client.appendToStream(`$$${stream}`, jsonEvent({ type: 'Odd', data: { $maxCount: 1 } }), ONE_BY_ONE);
    const bytes = binaryEvent({ type: '$metadata', data: Buffer.from('{"$maxCount":1}') });
    await client.appendToStream(`$$${stream}`, bytes, ONE_BY_ONE);
  },
  'deleted three times and shown again by one append': async (client, stream) => {
    await client.appendToStream(stream, [0, 1].map(event), ONE_BY_ONE);
    for (let times = 0; times < 3; times++) await client.deleteStream(stream);
    await client.appendToStream(stream, [2, 3, 4].map(event), ONE_BY_ONE);
    await client.appendToStream(stream, event(5), ONE_BY_ONE);
  },
  'deleted, shown, deleted and shown by its metadata': async (client, stream) => {
    await client.appendToStream(stream, event(0), ONE_BY_ONE);
    await client.deleteStream(stream);
    await client.appendToStream(stream, event(1), ONE_BY_ONE);
    await client.deleteStream(stream);
    await client.setStreamMetadata(stream, { maxCount: 3 });
    await client.appendToStream(stream, event(2), ONE_BY_ONE);
  },
  'ended before it had an event': (client, stream) => client.tombstoneStream(stream),
  'deleted, then ended, with metadata': async (client, stream) => {
    await client.appendToStream(stream, event(0), ONE_BY_ONE);
    await client.setStreamMetadata(stream, { maxCount: 3 });
    await client.deleteStream(stream);
    await client.tombstoneStream(stream);
  },
  'of links, also to what is gone and to nothing': async (client, stream) => {
    await client.appendToStream(`${stream}-target`, [0, 1].map(event), ONE_BY_ONE);
    const link = (to: string) => binaryEvent({ type: '$>', data: Buffer.from(to) });
    await client.appendToStream(stream, [link(`1@${stream}-target`), link('0@nowhere'), link('nonsense')], ONE_BY_ONE);
    await client.deleteStream(`${stream}-target`);
  },
  'with the largest event, between small ones': async (client, stream) => {
    await client.appendToStream(stream, event(0), ONE_BY_ONE);
    const data = randomBytes(LARGEST);
    await client.appendToStream(stream, binaryEvent({ type: 'Scanned', data }), ONE_BY_ONE);
    await client.appendToStream(stream, event(2), ONE_BY_ONE);
  },
  'with nothing in its events, or text that is no JSON': async (client, stream) => {
    await client.appendToStream(stream, binaryEvent({ type: 'Empty', data: Buffer.alloc(0) }), ONE_BY_ONE);
    await client.appendToStream(stream, jsonText('Text', 'not JSON'), ONE_BY_ONE);
    const own = binaryEvent({ type: 'Own', data: Buffer.from([0]), metadata: Buffer.from([255, 0]) });
    await client.appendToStream(stream, own, ONE_BY_ONE);
  },
  'with the same id twice in one append': async (client, stream) => {
    const one = event(0);
    await client.appendToStream(stream, [one, one], ONE_BY_ONE);
  },
};
const streamOf = (story: string) => `tale-${story} ${'§'.repeat(3)}@Zürich`;

async function withClient<T>(url: string, use: (client: EventStoreDBClient) => Promise<T>): Promise<T> {
  const client = EventStoreDBClient.connectionString(url);
  try {
    return await use(client);
  } finally {
    await client.dispose();
  }
}

beforeAll(async () => {
  await fill(stores.source.url, 10);
  await withClient(stores.source.url, async (client) => {
    for (const [story, write] of Object.entries(STORIES)) await write(client, streamOf(story));
  });
  const { code, errors } = await eventstore('copy', '--from', stores.source.url, '--to', stores.target.url);
  expect(errors).toBe('');
  expect(code).toBe(0);
}, 60_000);

/** What is read of the stream and of its metadata, links followed or not, or how the read ends. */
function seen({ url }: NodeProcess, stream: string): Promise<unknown> {
  return withClient(url, (client) =>
    Promise.all(
      [stream, `$$${stream}`].flatMap((name) =>
        [false, true].map((resolveLinkTos) =>
          all(client.readStream(name, { resolveLinkTos })).then(
            (read) => read.map(({ event: one, link }) => [contentOf(one), contentOf(link)]),
            (error: Error) => error.name,
          ),
        ),
      ),
    ),
  );
}

type Recorded = NonNullable<Awaited<ReturnType<typeof readOne>>>;
const readOne = async (client: EventStoreDBClient) => (await all(client.readStream('x')))[0]?.event;

/** The server's own deletions have ids of their own. */
function contentOf(one: Recorded | undefined): unknown {
  if (one === undefined) return undefined;
  const { id, revision, type, data, metadata: own, isJson, streamId } = one;
  const content = data instanceof Uint8Array ? Buffer.from(data).toString('base64') : data;
  return [streamId.startsWith('$$') ? '' : id, revision, type, content, own, isJson];
}

describe('a stream is read of the copy as of the source', () => {
  test.each(Object.keys(STORIES))('%s', async (story) => {
    const stream = streamOf(story);
    const expected = await seen(stores.source, stream);
    expect(await seen(stores.target, stream)).toEqual(expected);
  });
});
