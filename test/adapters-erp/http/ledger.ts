import { fileURLToPath } from 'node:url';
import type { PostingMessage } from '../../../src/adapters/erp/posting-message.js';
import { type ServerProcess, startServer } from '../../support/server-process.js';

export const SECRET = 'a secret of thirty-two characters';

export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Port of the caller: the same for all requests of one connection. */
  readonly connection: number;
}

export interface LedgerOptions {
  /** `YYYY-MM-DD`; earlier days are closed. */
  readonly closedBefore?: string;
  /** False when it does not tell which days are open. */
  readonly hasPeriods?: boolean;
  readonly port?: number;
}

/** An integrator's ledger, in a process of its own. */
export class Ledger {
  private constructor(
    private readonly server: ServerProcess,
    private readonly origin: string,
  ) {}

  static async start({ port, ...options }: LedgerOptions = {}): Promise<Ledger> {
    const program = fileURLToPath(new URL('./ledger-server.mjs', import.meta.url));
    const server = await startServer({
      name: 'ledger',
      command: process.execPath,
      args: (at) => [program, String(at.port), SECRET, JSON.stringify(options)],
      readyLine: 'the ledger is open',
      ...(port === undefined ? {} : { port }),
    });
    return new Ledger(server, `http://127.0.0.1:${server.port}`);
  }

  get settings() {
    return { url: `${this.origin}/erp`, secret: SECRET, timeoutMs: 10_000, batchLimit: 20, parallel: 4 };
  }

  get port(): number {
    return this.server.port;
  }

  /** How the next requests go wrong, one each; an empty name for one that goes well. */
  async goesWrong(...faults: readonly string[]): Promise<void> {
    await fetch(`${this.origin}/faults`, { method: 'POST', body: JSON.stringify(faults) });
  }

  async seen(): Promise<{ readonly seen: readonly SeenRequest[]; readonly ledger: readonly PostingMessage[] }> {
    const response = await fetch(`${this.origin}/seen`);
    return (await response.json()) as Awaited<ReturnType<Ledger['seen']>>;
  }

  kill(): Promise<void> {
    return this.server.kill();
  }
}
