import { BACKWARDS, binaryEvent, END, jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
import { describe, expect, test } from 'vitest';
import { all, connect, event, events, newStream, now, readAllOf } from '../support.js';

const client = await connect();
const link = (to: string) => binaryEvent({ type: '$>', data: Buffer.from(to) });
const resolve = (stream: string) => all(client.readStream(stream, { resolveLinkTos: true }));

/** A stream of the types A, B, C, and one of links to some of them. */
async function linked(...revisions: number[]) {
  const [target, links] = [newStream(), newStream()];
  await client.appendToStream(target, [event('A'), event('B'), event('C')]);
  await client.appendToStream(
    links,
    revisions.map((revision) => link(`${revision}@${target}`)),
  );
  return { target, links };
}

describe('a link, resolved', () => {
  test('stands for the event it names', async () => {
    const { target, links } = await linked(1, 0);
    expect(await resolve(links)).toMatchObject([
      { event: { type: 'B', streamId: target, revision: 1n }, link: { type: '$>', streamId: links, revision: 0n } },
      { event: { type: 'A', streamId: target, revision: 0n }, link: { type: '$>', streamId: links, revision: 1n } },
    ]);
  });

  test('has the position of the link', async () => {
    const { links } = await linked(1);
    const [resolved] = await resolve(links);
    expect(resolved?.commitPosition).toBe(resolved?.link?.position?.commit);
  });

  test('is resolved in reads backwards too', async () => {
    const { links } = await linked(0, 2);
    const options = { direction: BACKWARDS, fromRevision: END, resolveLinkTos: true } as const;
    expect(await all(client.readStream(links, options))).toMatchObject([
      { event: { type: 'C' } },
      { event: { type: 'A' } },
    ]);
  });

  test('is resolved one level deep', async () => {
    const { links } = await linked(1);
    const linksToLinks = newStream();
    await client.appendToStream(linksToLinks, link(`0@${links}`));
    expect(await resolve(linksToLinks)).toMatchObject([
      { event: { type: '$>', streamId: links }, link: { streamId: linksToLinks } },
    ]);
  });

  test('may be JSON by name', async () => {
    const { target, links } = await linked();
    await client.appendToStream(links, jsonEvent({ type: '$>', data: {} }));
    await client.appendToStream(links, link(`2@${target}`));
    expect((await resolve(links)).at(-1)).toMatchObject({ event: { type: 'C' } });
  });

  test('may name a stream with an @ in its name', async () => {
    const [target, links] = [newStream('a@b@'), newStream()];
    await client.appendToStream(target, event('Found'));
    await client.appendToStream(links, link(`0@${target}`));
    expect(await resolve(links)).toMatchObject([{ event: { type: 'Found', streamId: target } }]);
  });

  test('among events leaves these as they are', async () => {
    const { target, links } = await linked(0);
    await client.appendToStream(links, event('Own'));
    const [resolved, own] = await resolve(links);
    expect(resolved).toMatchObject({ event: { streamId: target } });
    expect(own).toMatchObject({ event: { type: 'Own', streamId: links } });
    expect(own?.link).toBeUndefined();
  });
});

describe('a link to an event that cannot be read comes alone:', () => {
  test.each([
    ['its stream never was', async () => undefined, 0],
    [
      'its stream is too short',
      async (stream: string) => {
        await client.appendToStream(stream, events(2));
      },
      9,
    ],
    [
      'its stream was deleted',
      async (stream: string) => {
        await client.appendToStream(stream, events(2));
        await client.deleteStream(stream);
      },
      0,
    ],
    [
      'it was truncated',
      async (stream: string) => {
        await client.appendToStream(stream, events(2));
        await client.setStreamMetadata(stream, { truncateBefore: 1 });
      },
      0,
    ],
    [
      'its stream was tombstoned',
      async (stream: string) => {
        await client.appendToStream(stream, events(2));
        await client.tombstoneStream(stream);
      },
      0,
    ],
  ] as const)('%s', async (_, given, revision) => {
    const [target, links] = [newStream(), newStream()];
    await given(target);
    await client.appendToStream(links, link(`${revision}@${target}`));
    const [resolved] = await resolve(links);
    expect(resolved?.event).toBeUndefined();
    expect(resolved?.link).toMatchObject({ type: '$>', streamId: links });
  });
});

test.each(['first', '9223372036854775808', '\u00a00'])(
  'a link that names no revision (%j) stays an event',
  async (revision) => {
    const links = newStream();
    await client.appendToStream(links, link(`${revision}@${newStream()}`));
    expect(await resolve(links)).toMatchObject([{ event: { type: '$>', streamId: links } }]);
  },
);

test('a link that names no stream comes alone', async () => {
  const links = newStream();
  await client.appendToStream(links, link('0'));
  const [resolved] = await resolve(links);
  expect(resolved?.event).toBeUndefined();
  expect(resolved?.link).toMatchObject({ type: '$>', streamId: links });
});

test('a link not asked to be resolved is an event', async () => {
  const { links } = await linked(1);
  const [recorded] = await readAllOf(client, links);
  expect(recorded).toMatchObject({ type: '$>', streamId: links });
});

describe('subscriptions resolve links', () => {
  test('of a stream, those there and those that come', async () => {
    const { target, links } = await linked(0);
    const heard: unknown[] = [];
    const subscription = client.subscribeToStream(links, { fromRevision: START, resolveLinkTos: true });
    subscription.on('data', ({ event, link }) => heard.push([event?.type, link?.streamId]));
    await new Promise((resolve) => subscription.once('caughtUp', resolve));
    await client.appendToStream(links, link(`2@${target}`));
    await expect
      .poll(() => heard)
      .toEqual([
        ['A', links],
        ['C', links],
      ]);
    await subscription.unsubscribe();
  });

  test('after the filter has looked at the link itself', async () => {
    const since = await now(client);
    const { target, links } = await linked(0, 1);
    const heard: unknown[] = [];
    const filter = streamNameFilter({ prefixes: [links] });
    const subscription = client.subscribeToAll({ fromPosition: since, resolveLinkTos: true, filter });
    subscription.on('data', ({ event }) => heard.push([event?.streamId, event?.type]));
    await expect
      .poll(() => heard)
      .toEqual([
        [target, 'A'],
        [target, 'B'],
      ]);
    await subscription.unsubscribe();
  });
});
