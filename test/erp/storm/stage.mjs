import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort, isReady, until } from '../../support/processes.mjs';
import { FaultProxy } from '../tryton/fault-proxy.mjs';
import { Tryton } from '../tryton/tryton.mjs';

export const DIST = process.env.STOCKFOLD_DIST ?? fileURLToPath(new URL('../../../dist', import.meta.url));
/** Of a call to the ERP; what the proxy holds back longer has timed out after its effect. */
const ERP_TIMEOUT_MS = 4_000;

/** An event node, a service that takes movements, a poster of its own and a Tryton behind a proxy that fails. */
export class Stage {
  #processes = [];
  #folder = mkdtempSync(join(tmpdir(), 'stockfold-storm-'));
  #poster;
  #stopping = false;
  posterKills = 0;
  erpKills = 0;

  static async start() {
    const stage = new Stage();
    try {
      await stage.#start();
      return stage;
    } catch (error) {
      await stage.stop();
      throw error;
    }
  }

  /** @returns what was answered @throws when the service did not take it */
  async post(path, body) {
    const response = await fetch(`${this.address}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${this.#key('store')}` },
      body: JSON.stringify(body),
    });
    const answer = await response.json();
    if (response.ok) return answer;
    throw new Error(`${path} was not taken: ${response.status} ${JSON.stringify(answer)}`);
  }

  async record(movements) {
    const { results } = await this.post('/v1/movements', { movements });
    const refused = results.find(({ status }) => status === 'rejected');
    if (refused !== undefined) throw new Error(`a movement was not taken: ${JSON.stringify(refused)}`);
  }

  async valuation(location) {
    const headers = { authorization: `Bearer ${this.#key('auditor')}` };
    const response = await fetch(`${this.address}/v1/valuation?location=${location}&limit=1`, { headers });
    return (await response.json()).totals;
  }

  /** In the middle of whatever it does; whoever supervises it starts it again at once. */
  killPoster() {
    this.posterKills += 1;
    this.#poster.kill('SIGKILL');
  }

  async killErp(downMs) {
    this.erpKills += 1;
    await this.tryton.kill9();
    await sleep(downMs);
    await this.tryton.restart();
  }

  async stop() {
    this.#stopping = true;
    for (const child of this.#processes.reverse()) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await this.proxy?.refuse().catch(() => undefined);
    await this.tryton?.stop();
    rmSync(this.#folder, { recursive: true, force: true });
  }

  #key(role) {
    return JSON.parse(readFileSync(join(this.#folder, 'keys.json'), 'utf8'))[role];
  }

  async #start() {
    this.tryton = await Tryton.start();
    this.proxy = await FaultProxy.start(this.tryton.url);
    this.proxy.slowMs = ERP_TIMEOUT_MS + 1_000;
    const [storePort, apiPort] = [await freePort(), await freePort()];
    const node = this.#spawn(['eventstore.js', '--data', join(this.#folder, 'events'), '--port', String(storePort)]);
    await until(() => node.output.includes('Event store on'), 'the event node');
    this.storeUrl = `esdb://127.0.0.1:${storePort}?tls=false`;
    this.address = `http://127.0.0.1:${apiPort}`;
    const env = { EVENTSTORE_URL: this.storeUrl, KEYS_FILE: join(this.#folder, 'keys.json'), LOG_LEVEL: 'error' };
    this.#spawn(['main.js'], { ...env, ROLES: 'api', PORT: String(apiPort), DATA_DIR: join(this.#folder, 'api') });
    await until(() => isReady(this.address), 'the service');
    this.#startPoster({
      ...env,
      PORT: '0',
      DATA_DIR: join(this.#folder, 'poster'),
      ERP_CONNECTOR: 'tryton',
      ERP_URL: this.proxy.url,
      ERP_DATABASE: this.tryton.database,
      ERP_USER: this.tryton.account.user,
      ERP_PASSWORD: this.tryton.account.password,
      ERP_TIMEOUT_MS: String(ERP_TIMEOUT_MS),
    });
  }

  #startPoster(env) {
    this.#poster = this.#spawn(['erp-poster.js'], env);
    this.#poster.once('exit', () => {
      if (!this.#stopping) this.#startPoster(env);
    });
  }

  #spawn([program, ...args], env = {}) {
    const child = spawn(process.execPath, [join(DIST, program), ...args], {
      env: { PATH: process.env.PATH, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    child.output = '';
    child.stdout.on('data', (chunk) => {
      child.output = (child.output + chunk).slice(-10_000);
    });
    this.#processes.push(child);
    return child;
  }
}
