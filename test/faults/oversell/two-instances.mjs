import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort, isReady, until } from '../../support/processes.mjs';

const path = (relative) => fileURLToPath(new URL(relative, import.meta.url));
export const DIST = process.env.STOCKFOLD_DIST ?? path('../../../dist');

/** An event node, a Redis and two instances of the service that share both, and their keys. */
export class TwoInstances {
  #processes = [];
  #folder = mkdtempSync(join(tmpdir(), 'stockfold-two-'));
  /** What starts each of the instances. */
  #launches = [];
  #instances = [];
  /** `http://host:port` of each. */
  addresses = [];
  storeUrl = '';

  /** @param skewMs how far the second instance's clock is ahead */
  static async start(skewMs) {
    const shop = new TwoInstances();
    try {
      await shop.#start(skewMs);
      return shop;
    } catch (error) {
      await shop.stop();
      throw error;
    }
  }

  key(role) {
    return JSON.parse(readFileSync(join(this.#folder, 'keys.json'), 'utf8'))[role];
  }

  /** Ends an instance without a chance to tidy up, and starts it again at once as a supervisor would. */
  kill(index) {
    this.#instances[index].kill('SIGKILL');
    this.#instances[index] = this.#launches[index]();
  }

  async ready() {
    await Promise.all(this.addresses.map((address, index) => until(() => isReady(address), `instance ${index}`)));
  }

  async stop() {
    for (const child of this.#processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    rmSync(this.#folder, { recursive: true, force: true });
  }

  async #start(skewMs) {
    const [storePort, redisPort, ...ports] = await Promise.all([freePort(), freePort(), freePort(), freePort()]);
    const node = this.#spawn(process.execPath, [
      ...[join(DIST, 'eventstore.js'), '--data', join(this.#folder, 'events'), '--port', String(storePort)],
    ]);
    this.#spawn('redis-server', [
      ...['--bind', '127.0.0.1', '--port', String(redisPort), '--dir', this.#folder],
      ...['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction'],
    ]);
    await until(() => node.output.includes('Event store on'), 'the event node');
    this.storeUrl = `esdb://127.0.0.1:${storePort}?tls=false`;
    for (const [index, port] of ports.entries()) {
      const program = index === 1 && skewMs !== 0 ? path('./skewed-service.mjs') : join(DIST, 'main.js');
      const env = {
        PORT: String(port),
        DATA_DIR: join(this.#folder, `instance-${index}`),
        KEYS_FILE: join(this.#folder, 'keys.json'),
        EVENTSTORE_URL: this.storeUrl,
        REDIS_URL: `redis://127.0.0.1:${redisPort}`,
        LOG_LEVEL: 'error',
        CLOCK_AHEAD_MS: String(skewMs),
      };
      this.#launches.push(() => this.#spawn(process.execPath, [program], env));
      this.#instances.push(this.#launches[index]());
      const address = `http://127.0.0.1:${port}`;
      await until(() => isReady(address), `instance ${index}`);
      this.addresses.push(address);
    }
  }

  #spawn(command, args, env = {}) {
    const child = spawn(command, args, {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.output = '';
    child.stdout.on('data', (chunk) => {
      child.output += chunk;
    });
    child.on('error', (error) => console.error(`${command}: ${error.message}`));
    this.#processes.push(child);
    return child;
  }
}
