import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const BUILT = process.env.STOCKFOLD_DIST ?? fileURLToPath(new URL('../../../../dist', import.meta.url));

/** The built event node on a folder, always on the port it got first. It ends with this process: its pipe closes then. */
export class NodeUnderTest {
  #child;
  #port = 0;
  /** What it took from each start until clients could come. */
  startsMs = [];

  constructor(directory) {
    this.directory = directory;
  }

  get url() {
    return `esdb://127.0.0.1:${this.#port}?tls=false`;
  }

  get pid() {
    return this.#child.pid;
  }

  get runs() {
    return this.#child.exitCode === null && this.#child.signalCode === null;
  }

  async start() {
    const startedMs = performance.now();
    const lines = this.#spawn();
    const [said] = await Promise.race([once(lines, 'line'), once(this.#child, 'exit').then(([code]) => [`${code}`])]);
    if (!this.runs) throw new Error(`the node ended with code ${said} when it was started`);
    this.#port = JSON.parse(said).port;
    this.startsMs.push(performance.now() - startedMs);
  }

  /** Starts it and ends it while it is still opening its file. */
  async startAndKill(afterMs) {
    this.#spawn();
    await sleep(afterMs);
    await this.kill();
  }

  async kill() {
    if (!this.runs) return;
    const exited = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await exited;
  }

  #spawn() {
    const args = [join(BUILT, 'eventstore.js'), '--data', this.directory, '--port', String(this.#port), '--child'];
    this.#child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    return createInterface({ input: this.#child.stdout });
  }
}
