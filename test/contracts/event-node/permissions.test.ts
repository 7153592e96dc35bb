import { EventStoreDBClient, jsonEvent, START, streamNameFilter } from '@eventstore/db-client';
import { afterAll, describe, expect, test } from 'vitest';
import { PASSWORDS, startSecureNode, type UserName, urlFor } from '../../support/secure-node.js';
import { all, event, newStream } from '../event-store/support.js';

/** Who may do what, case by case as a real server decided each. It has the same users: bob is one of the clerks. */
const node = await startSecureNode();
const USERS = Object.keys(PASSWORDS) as readonly UserName[];
const clients = new Map(
  USERS.map((name) => [name, EventStoreDBClient.connectionString(urlFor(node.port, name))] as const),
);
const admin = EventStoreDBClient.connectionString(urlFor(node.port, 'admin'));
afterAll(async () => {
  for (const client of [...clients.values(), admin]) await client.dispose();
  await node.remove();
});

type Call = (client: EventStoreDBClient, stream: string) => Promise<unknown>;

/** What each key of a list is about: every call that asks for it. The last ends the stream. */
const CALLS: Readonly<Record<string, readonly Call[]>> = {
  $r: [
    (client, stream) => all(client.readStream(stream)),
    (client, stream) => all(client.readStream(stream, { direction: 'backwards', fromRevision: 'end', maxCount: 1 })),
    (client, stream) => subscribed(client.subscribeToStream(stream, { fromRevision: START })),
  ],
  $w: [(client, stream) => client.appendToStream(stream, event())],
  $d: [(client, stream) => client.deleteStream(stream), (client, stream) => client.tombstoneStream(stream)],
  $mr: [
    (client, stream) => client.getStreamMetadata(stream),
    (client, stream) => subscribed(client.subscribeToStream(`$$${stream}`, { fromRevision: START })),
  ],
  $mw: [(client, stream) => client.setStreamMetadata(stream, { maxCount: 5 })],
};

function subscribed(subscription: ReturnType<EventStoreDBClient['subscribeToAll']>): Promise<void>;
function subscribed(subscription: ReturnType<EventStoreDBClient['subscribeToStream']>): Promise<void>;
function subscribed(subscription: ReturnType<EventStoreDBClient['subscribeToAll' | 'subscribeToStream']>) {
  return new Promise<void>((resolve, reject) => {
    subscription.once('confirmation', () => resolve(subscription.unsubscribe())).once('error', reject);
  });
}

/** `true` for allowed, `false` for denied; any other end is an error of the test's. */
async function isAllowed(call: () => Promise<unknown>): Promise<boolean> {
  try {
    await call();
    return true;
  } catch (error) {
    expect(error).toMatchObject({ type: 'access-denied' });
    return false;
  }
}

async function streamWith(metadata: object | undefined, prefix: string): Promise<string> {
  const stream = newStream(prefix);
  await admin.appendToStream(stream, event());
  if (metadata === undefined) return stream;
  await admin.appendToStream(`$$${stream}`, jsonEvent({ type: '$metadata', data: { ...metadata } }));
  return stream;
}

/** The users whose every call of this kind is allowed; each call has a stream of its own. */
async function allowed(key: string, metadata: object | undefined, prefix = 'stock'): Promise<string[]> {
  const found: string[] = [];
  for (const [name, client] of clients) {
    const calls = (CALLS[key] ?? []).map(async (call) => {
      const stream = await streamWith(metadata, prefix);
      return isAllowed(() => call(client, stream));
    });
    const outcomes = new Set(await Promise.all(calls));
    expect(outcomes.size, `${key}, ${name}: all calls end alike`).toBe(1);
    if (outcomes.has(true)) found.push(name);
  }
  return found;
}

const EVERYONE = ['admin', 'ops', 'alice', 'bob'];
const ADMIN = ['admin'];

describe('who reads a stream whose list says', () => {
  test.each([
    ['a user', 'alice', ['admin', 'alice']],
    ['a user in an array', ['alice'], ['admin', 'alice']],
    ['a group', 'clerks', ['admin', 'bob']],
    ['a user and a group', ['alice', 'clerks'], ['admin', 'alice', 'bob']],
    ['operators', '$ops', ['admin', 'ops']],
    ['everyone', '$all', EVERYONE],
    ['everyone in an array', ['$all'], EVERYONE],
    ['administrators', '$admins', ADMIN],
    ['administrators in an array', ['$admins'], ADMIN],
    ['nobody', [], ADMIN],
    ['an empty name', '', ADMIN],
    ['an empty name in an array', [''], ADMIN],
    ['a name in capitals', 'Alice', ADMIN],
    ['a name with a blank', ' alice', ADMIN],
    ['null, which is no list', null, EVERYONE],
    ['a number, which is no list', 7, EVERYONE],
    ['an object, which is no list', {}, EVERYONE],
    ['an array with null, which is no list', [null], EVERYONE],
    ['an array of arrays, which is no list', [['alice']], EVERYONE],
  ])('%s', async (_what, roles, users) => {
    expect(await allowed('$r', { $acl: { $r: roles } })).toEqual(users);
  });
});

describe.each(['$w', '$d', '$mr', '$mw'])('%s of a stream of the business', (key) => {
  test.each([
    ['a user', 'alice', ['admin', 'alice']],
    ['a group in an array', ['clerks'], ['admin', 'bob']],
    ['nobody', [], ADMIN],
    ['everyone', '$all', EVERYONE],
    ['null, which is no list', null, EVERYONE],
  ])('for %s', async (_what, roles, users) => {
    expect(await allowed(key, { $acl: { [key]: roles } })).toEqual(users);
  });

  test('without a word about it is for everyone', async () => {
    expect(await allowed(key, { $acl: { $r: 'alice' } })).toEqual(EVERYONE);
  });
});

describe.each(Object.keys(CALLS))('%s of a system stream', (key) => {
  test.each([
    ['a user', 'alice', ['admin', 'alice']],
    ['everyone', '$all', EVERYONE],
    ['nobody', [], ADMIN],
    ['null, which is no list', null, ADMIN],
  ])('for %s', async (_what, roles, users) => {
    expect(await allowed(key, { $acl: { [key]: roles } }, '$system')).toEqual(users);
  });
});

describe('a list counts as none', () => {
  test.each([
    ['where it is null', { $acl: null }],
    ['where it is a name', { $acl: 'alice' }],
    ['where it is an array', { $acl: [] }],
    ['beside a key that is not known', { $acl: { $r: 'alice', $x: 'alice' } }],
    ['beside another member that is not as it should be', { $acl: { $r: 'alice' }, $maxCount: 'many' }],
    ['beside a role that is none', { $acl: { $r: 'alice', $w: null } }],
  ])('%s', async (_what, metadata) => {
    expect(await allowed('$r', metadata)).toEqual(EVERYONE);
  });
});

describe('a list', () => {
  test('stands before the stream does', async () => {
    const stream = newStream();
    await admin.setStreamMetadata(stream, { acl: { writeRoles: ['bob'] } });
    expect(await isAllowed(() => as('alice').appendToStream(stream, event()))).toBe(false);
    expect(await isAllowed(() => as('bob').appendToStream(stream, event()))).toBe(true);
  });

  test('goes with a soft deletion', async () => {
    const stream = await streamWith({ $acl: { $r: 'bob', $w: 'bob' } }, 'stock');
    await as('ops').deleteStream(stream);
    await as('alice').appendToStream(stream, event());
    expect(await all(as('alice').readStream(stream))).toHaveLength(1);
  });

  test.each([
    ['of the business: everyone hears that it is deleted', 'stock', 'stream-deleted'],
    ['of the system: whom it had named is refused', '$system', 'access-denied'],
  ])('goes with the end of a stream %s', async (_what, prefix, type) => {
    const acl = prefix === 'stock' ? 'bob' : 'alice';
    const stream = await streamWith({ $acl: { $r: acl, $w: acl, $d: acl, $mr: acl } }, prefix);
    await admin.tombstoneStream(stream);
    for (const [key, calls] of Object.entries(CALLS)) {
      if (key === '$mw') continue;
      for (const call of calls) await expect(call(as('alice'), stream), key).rejects.toMatchObject({ type });
    }
  });
});

function as(name: UserName): EventStoreDBClient {
  const client = clients.get(name);
  if (client === undefined) throw new Error(`nobody is called ${name}`);
  return client;
}

describe('all events together', () => {
  const calls: readonly ((client: EventStoreDBClient) => Promise<unknown>)[] = [
    (client) => all(client.readAll({ maxCount: 1 })),
    (client) => all(client.readAll({ direction: 'backwards', fromPosition: 'end', maxCount: 1 })),
    (client) => subscribed(client.subscribeToAll()),
    (client) => subscribed(client.subscribeToAll({ filter: streamNameFilter({ prefixes: ['stock-'] }) })),
  ];
  test.each([
    ['nobody in particular', {}, ADMIN],
    ['a user', { $acl: { $r: 'alice' } }, ['admin', 'alice']],
    ['operators', { $acl: { $r: '$ops' } }, ['admin', 'ops']],
    ['everyone', { $acl: { $r: '$all' } }, EVERYONE],
    ['nobody', { $acl: { $r: [] } }, ADMIN],
    ['null, which is no list', { $acl: { $r: null } }, ADMIN],
  ])('are read, followed and filtered by those whom their list names: %s', async (_what, data, users) => {
    await admin.appendToStream('$$$all', jsonEvent({ type: '$metadata', data }));
    for (const call of calls) {
      const found: string[] = [];
      for (const [name, client] of clients) if (await isAllowed(() => call(client))) found.push(name);
      expect(found).toEqual(users);
    }
    await admin.appendToStream('$$$all', jsonEvent({ type: '$metadata', data: {} }));
  });
});

describe("another user's credentials with one call", () => {
  test('are what counts, wherever the client takes them', async () => {
    const stream = await streamWith({ $acl: { $r: 'bob', $w: 'bob', $mr: 'bob', $d: 'bob' } }, 'stock');
    const credentials = { username: 'bob', password: PASSWORDS.bob };
    const alice = as('alice');
    const tries = (options: object) => [
      isAllowed(() => alice.appendToStream(stream, event(), options)),
      isAllowed(() => all(alice.readStream(stream, options))),
      isAllowed(() => alice.getStreamMetadata(stream, options)),
      isAllowed(() => subscribed(alice.subscribeToStream(stream, options))),
    ];
    expect(await Promise.all(tries({}))).toEqual([false, false, false, false]);
    expect(await Promise.all(tries({ credentials }))).toEqual([true, true, true, true]);
    expect(await isAllowed(() => alice.deleteStream(stream))).toBe(false);
    expect(await isAllowed(() => alice.deleteStream(stream, { credentials }))).toBe(true);
  });
});

describe('the settings of the node', () => {
  test.each([
    ['a user', { $userStreamAcl: { $r: 'bob' } }, ['admin', 'bob'], ADMIN],
    ['a list', { $userStreamAcl: { $r: ['bob', 'alice'] } }, ['admin', 'alice', 'bob'], ADMIN],
    ['nobody', { $userStreamAcl: { $r: [] } }, ADMIN, ADMIN],
    ['system streams alone', { $systemStreamAcl: { $r: 'alice' } }, EVERYONE, ['admin', 'alice']],
    ['nothing', { $userStreamAcl: {}, $systemStreamAcl: {} }, EVERYONE, ADMIN],
    ['more than is known', { $userStreamAcl: { $r: 'bob' }, other: 1 }, ['admin', 'bob'], ADMIN],
    ['a key that is not known', { $userStreamAcl: { $r: 'bob', $x: 'bob' } }, EVERYONE, ADMIN],
    ['null for users', { $userStreamAcl: null, $systemStreamAcl: { $r: 'alice' } }, EVERYONE, ADMIN],
    ['null for the system', { $userStreamAcl: { $r: 'bob' }, $systemStreamAcl: null }, EVERYONE, ADMIN],
    ['a name for a list', { $userStreamAcl: 'bob', $systemStreamAcl: { $r: 'alice' } }, EVERYONE, ADMIN],
  ])('that say %s', async (_what, data, users, ofSystem) => {
    await admin.appendToStream('$settings', jsonEvent({ type: 'update', data }));
    expect(await allowed('$r', undefined)).toEqual(users);
    expect(await allowed('$r', undefined, '$system')).toEqual(ofSystem);
    expect(await allowed('$r', { $acl: { $r: 'alice' } })).toEqual(['admin', 'alice']);
    await admin.appendToStream('$settings', jsonEvent({ type: 'update', data: {} }));
  });
});
