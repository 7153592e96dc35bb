import { EventStoreDBClient } from '@eventstore/db-client';
import { expect, test } from 'vitest';
import { APPEND_METHODS, connect, event, newStream, revisionsOf, serverUrl } from '../support.js';
import { openWire } from '../wire.js';
import { startRelay } from './relay.js';

const client = await connect();
const wire = await openWire(client);
const [, UNARY] = APPEND_METHODS;

/** Appends and reads by a client of its own; gives the calls that it made. */
async function callsOf(server: { tellsFeatures: boolean }): Promise<string[]> {
  const relay = await startRelay(wire, server);
  const relayed = EventStoreDBClient.connectionString(relay.url);
  const stream = newStream();
  await relayed.appendToStream(stream, event());
  await relayed.appendToStream(stream, event());
  expect(await revisionsOf(relayed, stream)).toEqual([0, 1]);
  await relayed.dispose();
  relay.close();
  return relay.called;
}

test('a client of one host asks for no gossip, once for features, and appends all on one call', async () => {
  expect(await callsOf({ tellsFeatures: true })).toEqual(['GetSupportedMethods', 'BatchAppend', 'Read']);
});

test('a client of a server that tells no features appends one by one', async () => {
  expect(await callsOf({ tellsFeatures: false })).toEqual(['GetSupportedMethods', 'Append', 'Append', 'Read']);
});

test('a cluster connection string finds the server by gossip', async () => {
  const found = EventStoreDBClient.connectionString((await serverUrl()).replace(/^esdb:/, 'esdb+discover:'));
  const stream = newStream();
  // By the older method, so that the library's one pool of pending appends stays with the other client.
  await found.appendToStream(stream, event(), UNARY.options);
  expect(await revisionsOf(found, stream)).toEqual([0]);
  await found.dispose();
});

test('what one client was answered another reads', async () => {
  const other = EventStoreDBClient.connectionString(await serverUrl());
  const stream = newStream();
  await client.appendToStream(stream, event());
  expect(await revisionsOf(other, stream)).toEqual([0]);
  await other.appendToStream(stream, event(), { ...UNARY.options, expectedRevision: 0n });
  expect(await revisionsOf(client, stream)).toEqual([0, 1]);
  await other.dispose();
});

test('calls may ask for the leader', async () => {
  const stream = newStream();
  await client.appendToStream(stream, event(), { requiresLeader: true });
  expect(await revisionsOf(client, stream, { requiresLeader: true })).toEqual([0]);
});
