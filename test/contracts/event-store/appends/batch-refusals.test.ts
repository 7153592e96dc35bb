import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import { expect, test } from 'vitest';
import { connect, expectMissing, newStream, revisionsOf } from '../support.js';
import {
  answers,
  anyRevision,
  type BatchOptions,
  chunk,
  exchange,
  kindOf,
  openWire,
  options,
  type Proposed,
  proposed,
  uuid,
} from '../wire.js';

const client = await connect();
const wire = await openWire(client);

/** The last revision may be expected as a number of 64 bits, of which the largest means no stream. */
const position = (stream: string, revision: bigint) => options(stream).setStreamPosition(String(revision));

const INVALID: ReadonlyArray<readonly [string, (stream: string) => BatchOptions, () => Proposed]> = [
  ['no expected revision', options, proposed],
  ['an expected revision of 2^63', (stream) => position(stream, 2n ** 63n), proposed],
  ['an expected revision of 2^64 - 2', (stream) => position(stream, 2n ** 64n - 2n), proposed],
  ['no stream', (stream) => anyRevision(stream).setStreamIdentifier(undefined), proposed],
  ['an empty stream name', () => anyRevision(''), proposed],
  ['no type', anyRevision, () => proposed({ type: undefined })],
  ['an empty type', anyRevision, () => proposed({ type: '' })],
  ['no content type', anyRevision, () => proposed({ 'content-type': undefined })],
  ['no event id', anyRevision, () => proposed().setId(undefined)],
  ['an event id that says nothing', anyRevision, () => proposed().setId(new sharedPb.UUID())],
  ['an event id that is no UUID', anyRevision, () => proposed().setId(uuid('no-uuid'))],
  ['an event id of zeros', anyRevision, () => proposed().setId(uuid('00000000-0000-0000-0000-000000000000'))],
];

test.each(INVALID)('an append with %s is refused alone, and the call goes on', async (_, addressed, made) => {
  const [bad, good] = [newStream(), newStream()];
  const call = wire.streams.batchAppend(...wire.call());
  call.write(chunk(uuid(), { options: addressed(bad), events: [made()], final: true }));
  expect((await answers(call, 1)).map(kindOf)).toEqual(['BadRequest']);
  call.write(chunk(uuid(), { options: anyRevision(good), events: [proposed()], final: true }));
  expect((await answers(call, 1)).map(kindOf)).toEqual(['success']);
  call.end();
  await expectMissing(client, bad);
});

test('one bad event spoils its append', async () => {
  const stream = newStream();
  const parts = { options: anyRevision(stream), events: [proposed(), proposed({ type: '' }), proposed()], final: true };
  expect((await exchange(wire, [chunk(uuid(), parts)])).map(kindOf)).toEqual(['BadRequest']);
  await expectMissing(client, stream);
});

test('an expected revision of 2^64 - 1 means no stream', async () => {
  const stream = newStream();
  const none = () => ({ options: position(stream, 2n ** 64n - 1n), events: [proposed()], final: true });
  expect((await exchange(wire, [chunk(uuid(), none())])).map(kindOf)).toEqual(['success']);
  expect((await exchange(wire, [chunk(uuid(), none())])).map(kindOf)).toEqual(['WrongExpectedVersion']);
});

test.each([
  ['without dashes', (id: string) => id.replaceAll('-', '')],
  ['in braces', (id: string) => `{${id}}`],
  ['in upper case', (id: string) => id.toUpperCase()],
])('an event id %s is the same id', async (_, spelt) => {
  const stream = newStream();
  const id = uuid().getString();
  for (const text of [id, spelt(id)]) {
    const parts = { options: anyRevision(stream), events: [proposed().setId(uuid(text))], final: true };
    await exchange(wire, [chunk(uuid(), parts)]);
  }
  expect(await revisionsOf(client, stream)).toEqual([0]);
});
