import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { EventStoreDBClient, START } from '@eventstore/db-client';
import { afterAll, describe, expect, test } from 'vitest';
import {
  all,
  event,
  failure,
  NodeProcess,
  newStream,
  revisionsOf,
  runNode,
} from '../../contracts/event-store/support.js';
import { address, startSecureNode, TLS_FLAGS, urlFor } from '../../support/secure-node.js';
import { membersToldBy } from './callers.js';

const node = await startSecureNode(['--advertise', 'localhost']);
const { port } = node;
const client = EventStoreDBClient.connectionString(urlFor(port, 'admin'));
afterAll(async () => {
  await client.dispose();
  await node.remove();
});

describe('over TLS', () => {
  test('the client appends, reads and subscribes as it does in plain text', async () => {
    const stream = newStream();
    await client.appendToStream(stream, event());
    await client.appendToStream(stream, event(), { expectedRevision: 0n });
    expect(await revisionsOf(client, stream)).toEqual([0, 1]);
    const subscription = client.subscribeToStream(stream, { fromRevision: START });
    const received: number[] = [];
    for await (const { event: recorded } of subscription) {
      received.push(Number(recorded?.revision));
      if (received.length === 2) break;
    }
    await subscription.unsubscribe();
    expect(received).toEqual([0, 1]);
    expect((await all(client.readAll({ maxCount: 1 }))).length).toBe(1);
  });

  test('a cluster connection string finds the node by gossip, under the name that its certificate bears', async () => {
    const found = EventStoreDBClient.connectionString(urlFor(port, 'admin', undefined, 'esdb+discover'));
    const stream = newStream();
    await found.appendToStream(stream, event());
    expect(await revisionsOf(found, stream)).toEqual([0]);
    await found.dispose();
  });

  test.each([
    ['a client that does not trust the certificate', `esdb://admin:changeit@localhost:${port}?tls=true`],
    ['a client that speaks plain text', `esdb://localhost:${port}?tls=false`],
  ])('%s finds the node unavailable', async (_who, url) => {
    const other = EventStoreDBClient.connectionString(url);
    expect(await failure(all(other.readStream(newStream())))).toMatchObject({ type: 'unavailable' });
    await other.dispose();
  });

  test('a client that speaks TLS finds a plain node unavailable', async () => {
    const plain = await NodeProcess.start();
    const other = EventStoreDBClient.connectionString(`esdb://admin:changeit@${address(plain.port)}`);
    expect(await failure(all(other.readStream(newStream())))).toMatchObject({ type: 'unavailable' });
    await other.dispose();
    await plain.remove();
  });
});

describe('the address that the node tells its clients', () => {
  test.each([
    [[], (bound: number) => `127.0.0.1:${bound}`],
    [['--host', 'localhost'], (bound: number) => `localhost:${bound}`],
    [['--advertise', 'events.example'], (bound: number) => `events.example:${bound}`],
    [['--advertise', 'events.example:2113'], () => 'events.example:2113'],
  ])('with %j is one they can dial', async (flags, expected) => {
    const plain = await NodeProcess.start({ flags });
    expect(await membersToldBy(plain.port)).toEqual([expected(plain.port)]);
    await plain.remove();
  });
});

describe('a node that cannot be as safe as it was told to be does not start', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stockfold-test-node-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const [, certFile, , keyFile] = TLS_FLAGS;

  test.each([
    ['a certificate without a key', ['--tls-cert', certFile], 2, '--tls-cert and --tls-key go together'],
    ['a key without a certificate', ['--tls-key', keyFile], 2, '--tls-cert and --tls-key go together'],
    ['users without TLS', ['--users', 'users.json'], 2, 'clients send passwords over TLS only'],
    ['an address that is none', ['--advertise', 'a b'], 2, '--advertise takes HOST or HOST:PORT'],
    [
      'a certificate that is not there',
      ['--tls-cert', 'none.pem', '--tls-key', keyFile],
      1,
      'none.pem cannot be read: there is no such file',
    ],
    [
      'a key that is not there',
      ['--tls-cert', certFile, '--tls-key', 'none.pem'],
      1,
      'none.pem cannot be read: there is no such file',
    ],
    [
      'a certificate that is a key',
      ['--tls-cert', keyFile, '--tls-key', keyFile],
      1,
      'localhost.key.pem cannot be used',
    ],
    ['a key that is a certificate', ['--tls-cert', certFile, '--tls-key', certFile], 1, 'localhost.pem cannot be used'],
    ['nobody who could sign in', [...TLS_FLAGS], 1, 'npm run eventstore -- user add admin'],
    ['a file of users that is none', [...TLS_FLAGS, '--users', certFile], 1, 'is not a file of users'],
  ])('%s', async (_what, flags, exitCode, says) => {
    const child = runNode(['--data', folder, '--port', '0', ...flags]);
    let said = '';
    child.stderr.on('data', (chunk) => {
      said += chunk;
    });
    const [code] = await once(child, 'close');
    expect(said).toContain(says);
    expect(code).toBe(exitCode);
  });
});
