/** Processes that a bench starts, and that end with it. Linux. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export { freePort } from '../test/support/processes.mjs';

/** Linux counts the processor time of a process in ticks of so many microseconds. */
const TICK_US = 10_000;
const READY_WITHIN_MS = 60_000;
const PAGE_BYTES = 4_096;

export const newFolder = () => mkdtempSync(join(tmpdir(), 'stockfold-bench-'));

/**
 * Starts a program and waits for the line that says it is ready. `found` is the first group of `until`; `env` is all it
 * gets, the bench's own when absent.
 */
export async function start(command, args, { until: ready, env = process.env, readyWithinMs = READY_WITHIN_MS }) {
  const child = spawn(command, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const end = async (signal) => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill(signal);
    await once(child, 'exit');
  };
  process.once('exit', () => child.kill('SIGKILL'));
  let output = '';
  const found = await new Promise((resolve, reject) => {
    const fail = (why) => reject(new Error(`${command} ${args.join(' ')} ${why}\n${output}`));
    const read = (chunk) => {
      output = (output + chunk).slice(-20_000);
      const match = ready.exec(output);
      if (match !== null) resolve(match[1]);
    };
    child.stdout.on('data', read);
    child.stderr.on('data', read);
    child.once('error', (error) => fail(error));
    child.once('exit', (code) => fail(`ended with code ${code}`));
    setTimeout(() => fail('was not ready in time'), readyWithinMs).unref();
  });
  return {
    ...{ pid: child.pid, found, output: () => output },
    stop: () => end('SIGTERM'),
    kill: () => end('SIGKILL'),
  };
}

export async function until(isSo, withinMs = READY_WITHIN_MS, everyMs = 50) {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    if (await isSo()) return;
    await new Promise((resolve) => setTimeout(resolve, everyMs));
  }
  throw new Error(`Not so within ${withinMs} ms: ${isSo}`);
}

/** A server that says its port in JSON once it is ready, and ends when its standard input does. */
export async function startServer(args) {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const stop = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { pid: child.pid, url: `esdb://127.0.0.1:${JSON.parse(String(line)).port}?tls=false`, stop };
}

/** Processor time of all threads of a process so far, in microseconds. */
export function cpuUs(pid) {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

/** What a process has in memory. */
export const residentBytes = (pid) => Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1]) * PAGE_BYTES;

export const childrenOf = (pid) =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((other) => {
      try {
        return Number(statOf(other)[1]) === pid;
      } catch {
        return false;
      }
    });

/** What follows the name of the process, which may hold anything. */
const statOf = (pid) => {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text.slice(text.lastIndexOf(')') + 2).split(' ');
};
