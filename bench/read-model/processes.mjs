/** What the read model needs to run: Redis, the event node, the service. Their folders go with them. */
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpuUs, freePort, newFolder, start, until } from '../processes.mjs';

const LEVEL_WITHIN_MS = 600_000;

/** The `redis-server` of the PATH, without persistence. */
export async function startRedis() {
  const port = await freePort();
  const folder = newFolder();
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'];
  const started = await start('redis-server', args, { until: /Ready to accept connections/ });
  return { ...withFolder(started, folder), url: `redis://127.0.0.1:${port}` };
}

/** The built event node on a folder. */
export async function startEventNode(dist, folder = newFolder()) {
  const port = await freePort();
  const args = [join(dist, 'eventstore.js'), '--data', folder, '--port', String(port)];
  const started = await start(process.execPath, args, { until: /Event store on/ });
  return { ...withFolder(started, folder), url: `esdb://127.0.0.1:${port}?tls=false` };
}

/** The built service, as its users start it. */
export async function startService(dist, env) {
  const folder = newFolder();
  const started = await start(process.execPath, ['--max-semi-space-size=64', join(dist, 'main.js')], {
    until: /ready at (http:\S+)/,
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'warn', ...env },
  });
  const address = started.found;
  const key = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')).operator;
  await until(() => fetch(`${address}/health/ready`).then(({ ok }) => ok), LEVEL_WITHIN_MS);
  return { ...withFolder(started, folder), address, key, ask: asking(address, key) };
}

/** Asks the service at an address; what it refuses is an error. */
export const asking =
  (address, key) =>
  async (path, { method = 'GET', body } = {}) => {
    const headers = {
      authorization: `Bearer ${key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    };
    const response = await fetch(address + path, {
      method,
      headers,
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const answer = await response.json();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(answer)}`);
    return answer;
  };

function withFolder(started, folder) {
  const stop = async () => {
    await started.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...started, stop, cpuUs: () => cpuUs(started.pid) };
}
