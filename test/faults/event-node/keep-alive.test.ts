import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { connect as connectHttp2 } from 'node:http2';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type EventNode, startNode } from '../../../src/adapters/event-store/embedded/index.js';

const HTTP2_PREFACE = 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n';
/** A SETTINGS frame that sets nothing. */
const EMPTY_SETTINGS = Buffer.from([0, 0, 0, 4, 0, 0, 0, 0, 0]);

let directory: string;
let node: EventNode;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'stockfold-test-keep-alive-'));
  node = await startNode({
    directory,
    host: '127.0.0.1',
    port: 0,
    ownerWaitMs: 0,
    onWriteFailure: () => undefined,
    onDamage: () => undefined,
    keepAlive: { everyMs: 50, timeoutMs: 2_000 },
  });
});
afterAll(async () => {
  await node.stop();
  await rm(directory, { recursive: true, force: true });
});

it('a client that gives no sign of life loses its connection', async () => {
  const socket = connect(node.port, '127.0.0.1');
  socket.write(HTTP2_PREFACE);
  socket.write(EMPTY_SETTINGS);
  socket.resume();
  await once(socket, 'close');
  expect(socket.destroyed).toBe(true);
});

it('one that answers keeps it, however little it asks for', async () => {
  const session = connectHttp2(`http://127.0.0.1:${node.port}`);
  const asked: unknown[] = [];
  session.on('ping', (payload) => asked.push(payload));
  // It is asked again only once it has answered.
  await expect.poll(() => asked.length).toBeGreaterThan(5);
  expect(session.closed).toBe(false);
  session.close();
});
