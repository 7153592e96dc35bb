import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, openSync, readdirSync, readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const READY_WITHIN_MS = 60_000;
const STOP_WITHIN_MS = 15_000;
const MAX_RESTARTS = 50;

/** The service as an operator's supervisor runs it: whenever it ends, it is started again at once. */
export class SupervisedService {
  restarts = 0;
  #process;
  #stopping = false;
  #nodes = new Map();
  #folder;
  #program;
  #port;

  constructor(program, folder, port) {
    this.#program = program;
    this.#folder = folder;
    this.#port = port;
    this.#start();
  }

  get url() {
    return `http://127.0.0.1:${this.#port}`;
  }

  get log() {
    return join(this.#folder, 'service.log');
  }

  key(role) {
    return JSON.parse(readFileSync(join(this.#folder, 'keys.json'), 'utf8'))[role];
  }

  /** Kills at once, without a chance to tidy up: the service, the event node it started, or both. Gives their number. */
  kill(victims) {
    const { pid } = this.#process;
    const nodes = childrenOf(pid);
    for (const node of nodes) this.#nodes.set(node, commandOf(node));
    const pids = { service: [pid], node: nodes, both: [pid, ...nodes] }[victims];
    return pids.filter(killNow).length;
  }

  async ready() {
    const giveUpAt = Date.now() + READY_WITHIN_MS;
    while (Date.now() < giveUpAt && this.restarts <= MAX_RESTARTS) {
      const status = await fetch(`${this.url}/health/ready`, { signal: AbortSignal.timeout(5_000) }).then(
        (response) => response.status,
        () => undefined,
      );
      if (status === 200) return;
      await sleep(50);
    }
    throw new Error(`the service is not ready after ${this.restarts} restarts:\n${this.#logTail()}`);
  }

  /** Asks it to end, and kills what does not. Gives the number of event nodes that outlived the service. */
  async stop() {
    this.#stopping = true;
    for (const node of childrenOf(this.#process.pid)) this.#nodes.set(node, commandOf(node));
    const ended = this.#process.exitCode ?? this.#process.signalCode ?? once(this.#process, 'exit');
    this.#process.kill('SIGTERM');
    await Promise.race([ended, sleep(STOP_WITHIN_MS, undefined, { ref: false })]);
    killNow(this.#process.pid);
    const outlived = [...this.#nodes].filter(([pid, command]) => command !== '' && commandOf(pid) === command);
    return outlived.filter(([pid]) => killNow(pid)).length;
  }

  #start() {
    const log = openSync(this.log, 'a');
    this.#process = spawn(process.execPath, [this.#program], {
      env: { PATH: process.env.PATH, HOST: '127.0.0.1', PORT: String(this.#port), DATA_DIR: this.#folder },
      stdio: ['ignore', log, log],
    });
    closeSync(log);
    this.#process.once('exit', () => {
      if (this.#stopping || this.restarts > MAX_RESTARTS) return;
      this.restarts++;
      this.#start();
    });
  }

  #logTail() {
    return existsSync(this.log) ? readFileSync(this.log, 'utf8').slice(-2_000) : '';
  }
}

export async function freePort() {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address();
  probe.close();
  await once(probe, 'close');
  return port;
}

function killNow(pid) {
  try {
    return process.kill(pid, 'SIGKILL');
  } catch {
    return false; // Already gone.
  }
}

/** Read off the process table: the fields after the name in brackets are state and parent. */
function childrenOf(parent) {
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => parentOf(pid) === parent);
}

/** Empty for a process that is gone or only waits to be reaped. */
function commandOf(pid) {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function parentOf(pid) {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
  } catch {
    return undefined;
  }
}
