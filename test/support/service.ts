import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { contractBreaches } from './contract.js';
import { withStore } from './service-store.js';

/** The built service; a build elsewhere is named by STOCKFOLD_DIST. */
export const DIST = process.env.STOCKFOLD_DIST ?? join(import.meta.dirname, '../../dist');
/** As `npm start` gives them. */
const NODE_FLAGS = ['--max-semi-space-size=64'];
const READY_WITHIN_MS = 60_000;

export type Role = 'storefront' | 'store' | 'auditor' | 'erp' | 'operator';

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers of every shape
  readonly body: any;
}

/** The built service as a process of its own, in a folder of its own, asked over HTTP like any user would. */
export class ServiceProcess {
  output = '';

  private constructor(
    private child: ChildProcess,
    readonly dataDir: string,
    private readonly env: Record<string, string>,
    readonly address: string,
  ) {}

  static async start(
    env: Record<string, string> = {},
    dataDir = mkdtempSync(join(tmpdir(), 'stockfold-')),
    { waitForReady = true, entry = 'main.js' } = {},
  ) {
    const { child, address } = await launch(dataDir, env, { waitForReady, entry });
    return new ServiceProcess(child, dataDir, env, address);
  }

  key(role: Role): string {
    const keysFile = this.env.KEYS_FILE ?? join(this.dataDir, 'keys.json');
    return JSON.parse(readFileSync(keysFile, 'utf8'))[role];
  }

  get(path: string, role: Role | 'nobody' = 'operator', headers: Record<string, string> = {}): Promise<Answer> {
    return this.request(path, { headers: { ...this.bearer(role), ...headers } });
  }

  post(path: string, body: unknown, role: Role | 'nobody' = 'operator'): Promise<Answer> {
    return this.postText(path, JSON.stringify(body), role);
  }

  put(path: string, body: unknown, role: Role | 'nobody' = 'operator'): Promise<Answer> {
    const headers = { ...this.bearer(role), 'content-type': 'application/json' };
    return this.request(path, { method: 'PUT', headers, body: JSON.stringify(body) });
  }

  delete(path: string, role: Role | 'nobody' = 'operator'): Promise<Answer> {
    return this.request(path, { method: 'DELETE', headers: this.bearer(role) });
  }

  postText(path: string, body: string | Buffer, role: Role | 'nobody' = 'operator', type = 'application/json') {
    return this.request(path, { method: 'POST', headers: { ...this.bearer(role), 'content-type': type }, body });
  }

  /** Movements of one call, for tests that only need them there. */
  async record(...movements: object[]): Promise<Answer> {
    return this.post('/v1/movements', { movements }, 'store');
  }

  /** Ends it without a chance to clean up, as a power cut would. */
  async kill9(): Promise<void> {
    await ended(this.child, 'SIGKILL');
  }

  /** A new process on the same folder and port. */
  async restart(): Promise<void> {
    const port = new URL(this.address).port;
    this.child = (
      await launch(this.dataDir, { ...this.env, PORT: port }, { waitForReady: true, entry: 'main.js' })
    ).child;
  }

  async stop(): Promise<number | null> {
    const code = await ended(this.child, 'SIGTERM');
    return code;
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.dataDir, { recursive: true, force: true });
  }

  private bearer(role: Role | 'nobody'): Record<string, string> {
    return role === 'nobody' ? {} : { authorization: `Bearer ${this.key(role)}` };
  }

  /** Every answer that a test sees is as the OpenAPI document writes it. */
  private holdToContract(method: string, path: string, { status, headers }: Response, text: string): void {
    const breaches = contractBreaches({ method, path, status, type: headers.get('content-type'), text });
    if (breaches.length > 0) throw new Error(`${method} ${path} answers ${status} ${text}:\n${breaches.join('\n')}`);
  }

  private async request(path: string, init: RequestInit): Promise<Answer> {
    const response = await fetch(`${this.address}${path}`, init);
    const text = await response.text();
    this.holdToContract(init.method ?? 'GET', path, response, text);
    const isJson = /^application\/(problem\+)?json/.test(response.headers.get('content-type') ?? '');
    return { status: response.status, headers: response.headers, body: isJson ? parseIfJson(text) : text };
  }
}

function parseIfJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

async function launch(
  dataDir: string,
  env: Record<string, string>,
  { waitForReady, entry }: { waitForReady: boolean; entry: string },
): Promise<{ child: ChildProcess; address: string }> {
  const child = spawn(process.execPath, [...NODE_FLAGS, join(DIST, entry)], {
    env: { PATH: process.env.PATH ?? '', PORT: '0', DATA_DIR: dataDir, LOG_LEVEL: 'warn', ...withStore(env, dataDir) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  child.stderr.on('data', (chunk) => {
    output += chunk;
  });
  const deadline = Date.now() + READY_WITHIN_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    const address = /ready at (http:\S+)/.exec(output)?.[1];
    if (address !== undefined && (!waitForReady || (await isReady(address)))) return { child, address };
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  child.kill('SIGKILL');
  throw new Error(`The service did not become ready:\n${output}`);
}

const isReady = (address: string): Promise<boolean> =>
  fetch(`${address}/health/ready`).then(
    (response) => response.ok,
    () => false,
  );

function ended(child: ChildProcess, signal: NodeJS.Signals): Promise<number | null> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve(child.exitCode);
  return new Promise((resolve) => {
    child.once('exit', (code) => resolve(code));
    child.kill(signal);
  });
}
