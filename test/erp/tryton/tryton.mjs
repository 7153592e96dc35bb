import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { environment, passwordsOf, trytonTemplate, writeConfig } from './template.mjs';

const READY_WITHIN_MS = 60_000;
export const DATABASE = 'erp';

/**
 * A real Tryton on loopback with a company of its own, seeded anew for whoever starts it. It never outlives the process
 * that started it, and its data go when it is stopped.
 */
export class Tryton {
  #child;
  #guard;

  constructor(folder, port, passwords) {
    this.folder = folder;
    this.port = port;
    this.database = DATABASE;
    this.url = `http://127.0.0.1:${port}/${DATABASE}/`;
    this.passwords = passwords;
    this.log = join(folder, 'tryton.log');
  }

  static async start({ port } = {}) {
    const template = await trytonTemplate();
    const folder = mkdtempSync(join(tmpdir(), 'stockfold-tryton-run-'));
    const tryton = new Tryton(folder, port ?? (await freePort()), passwordsOf(template));
    cpSync(join(template, 'python'), join(folder, 'python'), { recursive: true });
    mkdirSync(join(folder, 'db'));
    copyFileSync(join(template, 'seeded.sqlite'), join(folder, 'db', `${DATABASE}.sqlite`));
    writeConfig(join(folder, 'tryton.conf'), { databases: join(folder, 'db'), port: tryton.port });
    await tryton.restart();
    return tryton;
  }

  /** What a connector needs. */
  get account() {
    return { url: this.url, user: 'connector', password: this.passwords.connector };
  }

  get accountant() {
    return { url: this.url, user: 'accountant', password: this.passwords.accountant };
  }

  get pid() {
    return this.#child?.pid;
  }

  /** Starts it again on the same data and port. */
  async restart() {
    const log = openSync(this.log, 'a');
    const args = ['-c', join(this.folder, 'tryton.conf'), '-d', DATABASE];
    this.#child = spawn('/usr/bin/trytond', args, {
      env: environment(this.folder),
      stdio: ['ignore', log, log],
    });
    await once(this.#child, 'spawn');
    this.#guard = guard(this.#child.pid, this.folder);
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!(await this.#answers())) {
      if (this.#child.exitCode !== null || Date.now() > deadline) {
        throw new Error(`Tryton does not start:\n${readFileSync(this.log, 'utf8').slice(-3_000)}`);
      }
      await sleep(50);
    }
  }

  /** Ends it in the middle of whatever it does; its data stay. */
  async kill9() {
    await this.#end('SIGKILL');
  }

  async stop() {
    await this.#end('SIGTERM');
    rmSync(this.folder, { recursive: true, force: true });
  }

  async #end(signal) {
    this.#guard?.kill('SIGKILL');
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill(signal);
    await exited;
  }

  #answers() {
    const body = JSON.stringify({ id: 0, method: 'common.server.version', params: [] });
    const headers = { 'content-type': 'application/json' };
    const url = `http://127.0.0.1:${this.port}/`;
    return fetch(url, { method: 'POST', headers, body, signal: AbortSignal.timeout(2_000) }).then(
      ({ ok }) => ok,
      () => false,
    );
  }
}

/** A shell on a pipe from this process: when this process is gone, so are the server and its data. */
function guard(pid, folder) {
  const script = 'read _; kill -9 "$0" 2>/dev/null; sleep 1; rm -rf "$1"';
  const shell = spawn('sh', ['-c', script, String(pid), folder], { stdio: ['pipe', 'ignore', 'ignore'] });
  shell.unref();
  shell.stdin.unref();
  return shell;
}

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}
