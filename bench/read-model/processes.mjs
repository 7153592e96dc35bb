/** Processes that a bench starts, and ends with itself. Linux. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux counts the processor time of a process in ticks of so many microseconds. */
const TICK_US = 10_000;
const READY_WITHIN_MS = 60_000;

export const newFolder = () => mkdtempSync(join(tmpdir(), 'stockfold-bench-'));

/** The `redis-server` of the PATH, without persistence. */
export async function startRedis() {
  const port = await freePort();
  const folder = newFolder();
  const args = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder, '--save', '', '--appendonly', 'no'];
  const started = await start('redis-server', args, { until: /Ready to accept connections/, folder });
  return { ...started, url: `redis://127.0.0.1:${port}` };
}

/** The built event node on a folder. */
export async function startEventNode(dist, folder = newFolder()) {
  const port = await freePort();
  const args = [join(dist, 'eventstore.js'), '--data', folder, '--port', String(port)];
  const started = await start(process.execPath, args, { until: /Event store on/, folder });
  return { ...started, url: `esdb://127.0.0.1:${port}?tls=false` };
}

/** The built service, as its users start it. */
export async function startService(dist, env) {
  const folder = newFolder();
  const started = await start(process.execPath, ['--max-semi-space-size=64', join(dist, 'main.js')], {
    until: /ready at (http:\S+)/,
    folder,
    env: { PATH: process.env.PATH, PORT: '0', DATA_DIR: folder, LOG_LEVEL: 'warn', ...env },
  });
  const address = started.found;
  const key = JSON.parse(readFileSync(join(folder, 'keys.json'), 'utf8')).operator;
  await until(() => fetch(`${address}/health/ready`).then(({ ok }) => ok), READY_WITHIN_MS * 10);
  const ask = async (path, { method = 'GET', body } = {}) => {
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
  return { ...started, address, key, ask };
}

async function start(command, args, { until: ready, folder, env }) {
  const child = spawn(command, args, { env: env ?? process.env, stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill('SIGTERM');
      await once(child, 'exit');
    }
    rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', () => child.kill('SIGKILL'));
  let output = '';
  const found = await new Promise((resolve, reject) => {
    const read = (chunk) => {
      output = (output + chunk).slice(-20_000);
      const match = ready.exec(output);
      if (match !== null) resolve(match[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${command} ended with code ${code}\n${output}`)));
    setTimeout(() => reject(new Error(`${command} was not ready in time\n${output}`)), READY_WITHIN_MS).unref();
  });
  return { found, stop, output: () => output, cpuUs: () => cpuUsOf(child.pid) };
}

export async function until(isSo, withinMs = READY_WITHIN_MS, everyMs = 50) {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`Not so within ${withinMs} ms: ${isSo}`);
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

function cpuUsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}
