import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** What to run; `dataDir` is a folder of its own that goes when the process does. */
export interface ServerProgram {
  readonly name: string;
  readonly command: string;
  readonly args: (at: { port: number; dataDir: string }) => readonly string[];
  /** The line of output that says that clients may come. */
  readonly readyLine: string;
  /** The port to listen on; a free one when absent. */
  readonly port?: number;
}

export interface ServerProcess {
  readonly port: number;
  readonly pid: number;
  /** Ends it at once, as a crash would, and removes its data. */
  kill(): Promise<void>;
  /** Stops it without ending it, so that it hangs; `resume` lets it go on. */
  pause(): void;
  resume(): void;
}

const READY_TIMEOUT_MS = 60_000;
const ATTEMPTS = 5;

/** Starts a server on a loopback port. It never outlives the process that started it, however that one ends. */
export async function startServer(program: ServerProgram): Promise<ServerProcess> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await tryStart(program, program.port ?? (await freePort()));
    } catch (error) {
      // Another process may have taken the port between finding and using it.
      if (program.port !== undefined || attempt === ATTEMPTS) throw error;
    }
  }
}

async function tryStart(program: ServerProgram, port: number): Promise<ServerProcess> {
  const dataDir = await mkdtemp(join(tmpdir(), `stockfold-test-${program.name}-`));
  const child = spawn(program.command, program.args({ port, dataDir }), { stdio: ['ignore', 'pipe', 'pipe'] });
  await once(child, 'spawn');
  const pid = child.pid ?? 0;
  const guard = guardedBy(pid, dataDir);
  const kill = async () => {
    await end(child, 'SIGKILL');
    await rm(dataDir, { recursive: true, force: true });
    guard.stdin?.destroy();
    await end(guard, 'SIGKILL');
  };
  try {
    await ready(child, program);
  } catch (error) {
    await kill();
    throw error;
  }
  return { port, pid, kill, pause: () => child.kill('SIGSTOP'), resume: () => child.kill('SIGCONT') };
}

async function ready(child: ChildProcess, program: ServerProgram): Promise<void> {
  let output = '';
  await new Promise<void>((resolve, reject) => {
    const fail = (reason: string) => reject(new Error(`${program.name} ${reason}\n${output}`));
    const timer = setTimeout(() => fail(`was not ready after ${READY_TIMEOUT_MS} ms`), READY_TIMEOUT_MS);
    const read = (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-10_000);
      if (!output.includes(program.readyLine)) return;
      clearTimeout(timer);
      resolve();
    };
    child.stdout?.on('data', read);
    child.stderr?.on('data', read);
    child.once('exit', (code) => {
      clearTimeout(timer);
      fail(`ended with code ${code}`);
    });
  });
  // Its output stays drained, and does not keep a finished test run alive.
  for (const stream of [child.stdout, child.stderr]) {
    stream?.removeAllListeners('data').resume();
    if (stream !== null && 'unref' in stream && typeof stream.unref === 'function') stream.unref();
  }
  child.unref();
}

/** A shell that waits on a pipe from this process: when this process is gone, so are the server and its data. */
function guardedBy(pid: number, dataDir: string): ChildProcess {
  const script = 'read _; kill -9 "$0" 2>/dev/null; sleep 1; rm -rf "$1"';
  const guard = spawn('sh', ['-c', script, String(pid), dataDir], { stdio: ['pipe', 'ignore', 'ignore'] });
  guard.unref();
  if (guard.stdin !== null && 'unref' in guard.stdin && typeof guard.stdin.unref === 'function') guard.stdin.unref();
  return guard;
}

async function end(child: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const exited = once(child, 'exit');
  child.kill(signal);
  await exited;
}

/** A loopback port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  server.close();
  await once(server, 'close');
  return port;
}
