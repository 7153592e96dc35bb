import { fork, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';

const READY_WITHIN_MS = 60_000;
/** Linux counts processor time in hundredths of a second. */
const TICK_US = 10_000;

/** A server as a child process, once it has said that it is ready. `match` is the first group of `ready`. */
export async function start(command, args, ready, env = {}) {
  const child = spawn(command, args, { env: { ...process.env, ...env }, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  const match = await new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`${command} ${args.join(' ')} is not ready:\n${output}`));
    const timer = setTimeout(fail, READY_WITHIN_MS);
    const look = (chunk) => {
      output = (output + chunk).slice(-20_000);
      const found = ready.exec(output);
      if (found === null) return;
      clearTimeout(timer);
      resolve(found[1]);
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('exit', fail);
  });
  child.removeAllListeners('exit');
  return { pid: child.pid, match, stop: () => stopped(child), output: () => output };
}

function stopped(child) {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once('exit', resolve);
    child.kill('SIGTERM');
  });
}

/** Runs its jobs one after the other; `onStart` is called when the connections are open and the first request goes out. */
export function startDriver() {
  const child = fork(join(import.meta.dirname, 'driver.mjs'));
  const run = (job, onStart) =>
    new Promise((resolve, reject) => {
      const hear = ({ started, figures, error }) => {
        if (started) return onStart?.();
        child.off('message', hear);
        if (error !== undefined) reject(new Error(error));
        else resolve(figures);
      };
      child.on('message', hear);
      child.send(job);
    });
  return { run, stop: () => stopped(child) };
}

/** Processor time of all threads of a process so far, in microseconds. */
export function cpuUs(pid) {
  const fields = statOf(pid);
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}

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

export const freePort = () =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
