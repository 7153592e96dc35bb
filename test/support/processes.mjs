/** What scripts need that start the service's processes. */
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 60_000;

export const isReady = (address) =>
  fetch(`${address}/health/ready`).then(
    ({ ok }) => ok,
    () => false,
  );

export async function until(holds, what) {
  const giveUpAt = Date.now() + READY_WITHIN_MS;
  while (!(await holds())) {
    if (Date.now() > giveUpAt) throw new Error(`${what} did not come up`);
    await sleep(50);
  }
}

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
