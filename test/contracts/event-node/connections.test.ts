import { once } from 'node:events';
import { connect } from 'node:http2';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, test } from 'vitest';
import { writeEagerly } from '../../../src/adapters/event-store/embedded/server/eager-writes.js';
import { NodeProcess } from '../event-store/support.js';

const node = await NodeProcess.start();
afterAll(() => node.remove());

test('a client may send a large append ahead of being read', async () => {
  const session = connect(`http://127.0.0.1:${node.port}`);
  afterAll(() => session.destroy());
  while (session.remoteSettings.initialWindowSize !== 1_048_576) await once(session, 'remoteSettings');
  await expect.poll(() => session.state.remoteWindowSize).toBe(2_097_152);
});

describe('messages of a call', () => {
  /** A call whose connection has sent nothing until it is told to. */
  function stalledCall() {
    const given: number[] = [];
    const sent: Array<() => void> = [];
    const call = new Writable({
      objectMode: true,
      write: (message: Buffer, _encoding, done) => {
        given.push(message.length);
        sent.push(done);
      },
    });
    return { call: writeEagerly(call), given, sendOne: () => sent.shift()?.() };
  }

  test('are given to the connection without waiting for those before them', () => {
    const { call, given } = stalledCall();
    for (let count = 0; count < 100; count++) call.write(Buffer.alloc(100));
    return expect.poll(() => given.length).toBe(100);
  });

  test('wait once the connection has enough of them, and go on as it sends them', async () => {
    const { call, given, sendOne } = stalledCall();
    for (let count = 0; count < 10; count++) call.write(Buffer.alloc(30_000));
    for (let sent = 0; sent <= 7; sent++) {
      await expect.poll(() => given.length).toBe(3 + sent);
      sendOne();
    }
  });

  test('are all given before the call ends', async () => {
    const { call, given, sendOne } = stalledCall();
    for (let count = 0; count < 4; count++) call.write(Buffer.alloc(30_000));
    const ended = once(call.end(), 'finish');
    sendOne();
    sendOne();
    await ended;
    expect(given).toEqual([30_000, 30_000, 30_000, 30_000]);
  });
});
