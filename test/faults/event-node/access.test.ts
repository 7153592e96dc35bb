import { ANY, EventStoreDBClient, jsonEvent, START } from '@eventstore/db-client';
import { afterAll, describe, expect, test, vi } from 'vitest';
import { all, event, failure, newStream, readAllOf, revisionsOf } from '../../contracts/event-store/support.js';
import { PASSWORDS, runUser, startSecureNode, type UserName, urlFor } from '../../support/secure-node.js';
import { CALLS, RawCaller } from './callers.js';

const node = await startSecureNode();
const clients = new Map<UserName, EventStoreDBClient>();
const raw: RawCaller[] = [];
afterAll(async () => {
  for (const client of clients.values()) await client.dispose();
  for (const caller of raw) caller.close();
  await node.remove();
});

/** The official client, signed in. */
function as(name: UserName): EventStoreDBClient {
  const client = clients.get(name) ?? EventStoreDBClient.connectionString(urlFor(node.port, name));
  clients.set(name, client);
  return client;
}

function caller(authorization?: string): RawCaller {
  const made = new RawCaller(node.port, authorization);
  raw.push(made);
  return made;
}

function basic(name: string, password: string): string {
  return `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;
}

const UNAUTHENTICATED = { code: 16, exception: undefined };
const DENIED = { code: 7, exception: 'access-denied' };
const DONE = { code: 0, exception: undefined };
const ACCESS_DENIED = { type: 'access-denied' };

describe('a wrong password', () => {
  test.each([
    ['a wrong password', basic('admin', 'changeit!')],
    ['no password', basic('admin', '')],
    ['a user nobody knows', basic('mallory', 'changeit')],
  ])('%s is refused on every call', async (_what, authorization) => {
    const mallory = caller(authorization);
    for (const name of CALLS) expect([name, await mallory.call(name, newStream())]).toEqual([name, UNAUTHENTICATED]);
    expect(await mallory.batchAppend(newStream())).toEqual(UNAUTHENTICATED);
  });

  test('becomes AccessDeniedError in the client, and nothing is written', async () => {
    const mallory = EventStoreDBClient.connectionString(urlFor(node.port, 'admin', 'wrong'));
    const stream = newStream();
    expect(await failure(mallory.appendToStream(stream, event()))).toMatchObject(ACCESS_DENIED);
    expect(await failure(all(mallory.readStream(stream)))).toMatchObject(ACCESS_DENIED);
    expect(await failure(mallory.deleteStream(stream))).toMatchObject(ACCESS_DENIED);
    expect(await failure(all(mallory.subscribeToStream(stream)))).toMatchObject(ACCESS_DENIED);
    await mallory.dispose();
    expect(await failure(revisionsOf(as('admin'), stream))).toMatchObject({ type: 'stream-not-found' });
  });

  test('given with one call alone is refused, and the client goes on as who it was', async () => {
    const stream = newStream();
    const credentials = { username: 'alice', password: 'wrong' };
    expect(await failure(as('alice').appendToStream(stream, event(), { credentials }))).toMatchObject(ACCESS_DENIED);
    await as('alice').appendToStream(stream, event());
    expect(await revisionsOf(as('alice'), stream)).toEqual([0]);
  });
});

describe('without credentials', () => {
  test.each([
    ['no header', undefined],
    ['a scheme that the node does not know', 'Bearer abc'],
    ['a header without a password', `Basic ${Buffer.from('admin').toString('base64')}`],
  ])('%s: what the node can do and where it is may be asked, and nothing else', async (_what, authorization) => {
    const anonymous = caller(authorization);
    for (const name of CALLS) {
      const ending = name === 'features' || name === 'gossip' ? DONE : DENIED;
      expect([name, await anonymous.call(name, newStream())]).toEqual([name, ending]);
    }
    expect(await anonymous.batchAppend(newStream())).toBe('AccessDenied');
  });

  test('a stream for everyone is for every user, not for nobody', async () => {
    const stream = newStream();
    await as('alice').appendToStream(stream, event());
    await as('alice').setStreamMetadata(stream, { acl: { readRoles: ['$all'] } });
    expect(await caller().call('read', stream)).toEqual(DENIED);
  });
});

describe('any user', () => {
  test.each(['alice', 'bob', 'ops'] as const)('%s has the streams of the business', async (name) => {
    const stream = newStream();
    const client = as(name);
    await client.appendToStream(stream, event());
    await client.appendToStream(stream, event(), { credentials: { username: name, password: PASSWORDS[name] } });
    await client.setStreamMetadata(stream, { maxCount: 1 });
    expect((await client.getStreamMetadata(stream)).metadata).toEqual({ maxCount: 1 });
    expect(await revisionsOf(client, stream)).toEqual([1]);
    await client.deleteStream(stream);
    await client.tombstoneStream(stream);
  });

  test.each(['alice', 'bob', 'ops'] as const)('%s has neither system streams nor all events', async (name) => {
    const client = as(name);
    const stream = newStream('$system');
    await as('admin').appendToStream(stream, event());
    expect(await failure(all(client.readAll({ maxCount: 1 })))).toMatchObject(ACCESS_DENIED);
    expect(await failure(all(client.subscribeToAll()))).toMatchObject(ACCESS_DENIED);
    expect(await failure(all(client.readStream(stream)))).toMatchObject(ACCESS_DENIED);
    expect(await failure(client.appendToStream(stream, event()))).toMatchObject(ACCESS_DENIED);
    expect(await failure(client.getStreamMetadata(stream))).toMatchObject(ACCESS_DENIED);
    expect(await failure(client.setStreamMetadata(stream, {}))).toMatchObject(ACCESS_DENIED);
    expect(await failure(client.deleteStream(stream))).toMatchObject(ACCESS_DENIED);
    expect(await failure(client.tombstoneStream(stream))).toMatchObject(ACCESS_DENIED);
  });

  test('is refused one append among others of the same call, which go on', async () => {
    const [mine, system] = [newStream(), newStream('$system')];
    const client = as('alice');
    const outcomes = await Promise.allSettled([mine, system, mine].map((name) => client.appendToStream(name, event())));
    expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(await revisionsOf(client, mine)).toEqual([0, 1]);
  });
});

describe('an administrator', () => {
  test('has system streams and all events', async () => {
    const stream = newStream('$system');
    await as('admin').appendToStream(stream, event());
    expect(await revisionsOf(as('admin'), stream)).toEqual([0]);
    expect(await all(as('admin').readAll({ maxCount: 1 }))).toHaveLength(1);
    await as('admin').deleteStream(stream);
  });

  test('does not write to what is no stream, nor delete metadata', async () => {
    expect(await failure(as('admin').appendToStream('$all', event()))).toMatchObject(ACCESS_DENIED);
    expect(await failure(as('admin').tombstoneStream('$all'))).toMatchObject(ACCESS_DENIED);
    expect(await failure(as('admin').deleteStream(`$$${newStream()}`))).toMatchObject(ACCESS_DENIED);
  });
});

describe('the access list in the metadata of a stream', () => {
  const acl = { readRoles: ['bob'], writeRoles: ['alice', 'clerks'], deleteRoles: ['$ops'], metaWriteRoles: ['alice'] };

  async function guarded(): Promise<string> {
    const stream = newStream();
    await as('alice').appendToStream(stream, event());
    await as('alice').setStreamMetadata(stream, { acl });
    return stream;
  }

  test('names who reads, by user', async () => {
    const stream = await guarded();
    expect(await revisionsOf(as('bob'), stream)).toEqual([0]);
    expect(await failure(revisionsOf(as('alice'), stream))).toMatchObject(ACCESS_DENIED);
    expect(await failure(all(as('alice').subscribeToStream(stream)))).toMatchObject(ACCESS_DENIED);
  });

  test('names who writes, by user and by group', async () => {
    const stream = await guarded();
    await as('alice').appendToStream(stream, event());
    await as('bob').appendToStream(stream, event());
    expect(await failure(as('ops').appendToStream(stream, event()))).toMatchObject(ACCESS_DENIED);
    expect(await revisionsOf(as('bob'), stream)).toEqual([0, 1, 2]);
  });

  test('names who deletes', async () => {
    const stream = await guarded();
    expect(await failure(as('alice').deleteStream(stream))).toMatchObject(ACCESS_DENIED);
    expect(await failure(as('bob').tombstoneStream(stream))).toMatchObject(ACCESS_DENIED);
    await as('ops').deleteStream(stream);
  });

  test('names who changes it; what it does not name is for every user', async () => {
    const stream = await guarded();
    expect(await failure(as('bob').setStreamMetadata(stream, {}))).toMatchObject(ACCESS_DENIED);
    expect((await as('ops').getStreamMetadata(stream)).metadata).toMatchObject({ acl });
    await as('alice').setStreamMetadata(stream, {});
    expect(await revisionsOf(as('alice'), stream)).toEqual([0]);
  });

  test('keeps no administrator out', async () => {
    const stream = await guarded();
    expect(await revisionsOf(as('admin'), stream)).toEqual([0]);
    await as('admin').appendToStream(stream, event());
  });

  test('opens a system stream, and the reading of all events, to whom it names', async () => {
    const stream = newStream('$system');
    await as('admin').appendToStream(stream, event());
    await as('admin').setStreamMetadata(stream, { acl: { readRoles: ['alice'] } });
    expect(await revisionsOf(as('alice'), stream)).toEqual([0]);
    expect(await failure(as('alice').appendToStream(stream, event()))).toMatchObject(ACCESS_DENIED);
    await as('admin').setStreamMetadata('$all', { acl: { readRoles: ['alice'] } });
    expect(await all(as('alice').readAll({ maxCount: 1 }))).toHaveLength(1);
    expect(await failure(all(as('bob').readAll({ maxCount: 1 })))).toMatchObject(ACCESS_DENIED);
    await as('admin').setStreamMetadata('$all', {});
  });

  test('counts as nothing where it is malformed', async () => {
    const stream = newStream();
    await as('alice').appendToStream(stream, event());
    const metadata = jsonEvent({ type: '$metadata', data: { $acl: { $r: 'bob', $x: 'bob' } } });
    await as('alice').appendToStream(`$$${stream}`, metadata);
    expect(await revisionsOf(as('alice'), stream)).toEqual([0]);
  });

  test('is asked when a subscription starts, not later', async () => {
    const stream = newStream();
    await as('alice').appendToStream(stream, event());
    const heard: number[] = [];
    const subscription = as('alice').subscribeToStream(stream, { fromRevision: START });
    subscription.on('data', ({ event: recorded }) => heard.push(Number(recorded?.revision)));
    await expect.poll(() => heard).toEqual([0]);
    await as('admin').setStreamMetadata(stream, { acl: { readRoles: ['bob'] } });
    await as('admin').appendToStream(stream, event());
    await expect.poll(() => heard).toEqual([0, 1]);
    await subscription.unsubscribe();
    expect(await failure(readAllOf(as('alice'), stream))).toMatchObject(ACCESS_DENIED);
  });
});

describe('the settings of the node', () => {
  test('say what holds for streams without a list of their own, by their last event', async () => {
    const settings = (data: Record<string, object>) =>
      as('admin').appendToStream('$settings', jsonEvent({ type: 'update', data }), { expectedRevision: ANY });
    const stream = newStream();
    await as('alice').appendToStream(stream, event());
    const system = newStream('$system');
    await as('admin').appendToStream(system, event());

    await settings({ $userStreamAcl: { $r: 'bob' }, $systemStreamAcl: { $r: ['clerks', '$admins'] } });
    expect(await failure(revisionsOf(as('alice'), stream))).toMatchObject(ACCESS_DENIED);
    expect(await revisionsOf(as('bob'), stream)).toEqual([0]);
    expect(await revisionsOf(as('bob'), system)).toEqual([0]);
    await as('alice').appendToStream(stream, event());

    await as('admin').setStreamMetadata(stream, { acl: { readRoles: ['alice'] } });
    expect(await revisionsOf(as('alice'), stream)).toEqual([0, 1]);

    await settings({});
    const other = newStream();
    await as('bob').appendToStream(other, event());
    expect(await revisionsOf(as('alice'), other)).toEqual([0]);
    expect(await failure(revisionsOf(as('bob'), system))).toMatchObject(ACCESS_DENIED);
  });
});

describe('users', () => {
  const at = ['--data', node.directory];

  test('are added, given another password and removed while the node runs', async () => {
    const carol = (password: string) => caller(basic('carol', password)).call('append', newStream());
    const eventually = (password: string, ending: object) =>
      vi.waitFor(async () => expect(await carol(password)).toEqual(ending), { timeout: 30_000, interval: 200 });
    expect(await carol('first')).toEqual(UNAUTHENTICATED);
    expect(await runUser(['add', 'carol', ...at], 'first')).toMatchObject({ code: 0 });
    await eventually('first', DONE);
    await runUser(['add', 'carol', ...at], 'second');
    await eventually('second', DONE);
    expect(await carol('first')).toEqual(UNAUTHENTICATED);
    await runUser(['remove', 'carol', ...at]);
    await eventually('second', UNAUTHENTICATED);
    expect(await caller(basic('alice', PASSWORDS.alice)).call('append', newStream())).toEqual(DONE);
  });

  test.each([
    ['a name with a colon', ['add', 'a:b', ...at], 'pass', 1, 'no colon'],
    ['the name of a group', ['add', '$admins', ...at], 'pass', 1, 'no $ in front'],
    ['no password', ['add', 'dave', ...at], '', 1, 'a password is not empty'],
    ['nobody', ['add', ...at], 'pass', 2, 'name one user'],
    ['a verb that is none', ['invite', 'dave', ...at], 'pass', 2, 'added or removed'],
    ['no file', ['add', 'dave'], 'pass', 2, '--data'],
    ['a user who is not there', ['remove', 'dave', ...at], '', 1, 'there is no user dave'],
  ])('%s is refused in clear words', async (_what, args, password, code, says) => {
    const outcome = await runUser(args, password);
    expect(outcome.code).toBe(code);
    expect(outcome.said).toContain(says);
  });
});
