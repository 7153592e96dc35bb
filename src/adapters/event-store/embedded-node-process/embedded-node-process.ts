import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import type { Log } from '../../../ports/log.js';
import { NodeChild } from './node-child.js';

export interface EmbeddedNodeOptions {
  /** Folder of `events.db`; made if it is not there. */
  readonly dataDir: string;
  readonly log: Log;
  /** Default 0: any free one. It stays the same over restarts. */
  readonly port?: number;
  /** A start may take so long; default 30,000. */
  readonly readyTimeoutMs?: number;
  /** A stop may take so long before it is forced; default 10,000. */
  readonly stopGraceMs?: number;
  /** Path of the node's entry file; default is the built one of this package. */
  readonly entry?: string;
}

const BUILT_ENTRY = fileURLToPath(new URL('../../../eventstore.js', import.meta.url));
const BACKOFF_MS = { first: 100, most: 5_000 };
/** Whoever lived so long has not died of its start. */
const STEADY_AFTER_MS = 10_000;

/** The embedded event node as a child process, started again on the same port whenever it dies. */
export class EmbeddedNodeProcess {
  private readonly stopping = new AbortController();
  private readonly watching: Promise<void>;

  private constructor(
    private readonly options: EmbeddedNodeOptions,
    private readonly port: number,
    private child: NodeChild,
  ) {
    this.watching = this.watch();
  }

  /** @throws Error with what the node said, when it is not ready in time */
  static async start(options: EmbeddedNodeOptions): Promise<EmbeddedNodeProcess> {
    const child = spawnChild(options, options.port ?? 0);
    return new EmbeddedNodeProcess(options, await child.ready(), child);
  }

  /** For the store adapter; the same over restarts. */
  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  /** Of the present run; undefined when there is none at the moment. */
  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Resolves once the node has written what it accepted, and ended. */
  async stop(): Promise<void> {
    this.stopping.abort();
    await this.child.stop(this.options.stopGraceMs ?? 10_000);
    await this.watching;
  }

  private async watch(): Promise<void> {
    let deaths = 0;
    while (true) {
      const startedAtMs = performance.now();
      const how = await this.child.ended;
      if (this.stopping.signal.aborted) return;
      const { errorOutput } = this.child;
      if (performance.now() - startedAtMs > STEADY_AFTER_MS) deaths = 0;
      // The first restart is at once: appends in flight wait for it.
      const delayMs = deaths === 0 ? 0 : Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (deaths - 1));
      deaths = Math.min(deaths + 1, 10);
      this.options.log.error('event node died, starts again', { how, errorOutput, delayMs });
      await sleep(delayMs, undefined, { signal: this.stopping.signal }).catch(() => undefined);
      if (this.stopping.signal.aborted) return;
      this.child = spawnChild(this.options, this.port);
      await this.child.ready().then(
        () => this.options.log.info('event node is back', { pid: this.pid, port: this.port }),
        (error: Error) => {
          if (!this.stopping.signal.aborted)
            this.options.log.error('event node does not start', { error: error.message });
        },
      );
    }
  }
}

function spawnChild(options: EmbeddedNodeOptions, port: number): NodeChild {
  const { dataDir, log, entry = BUILT_ENTRY, readyTimeoutMs = 30_000 } = options;
  const onErrorOutput = (text: string) => log.warn('event node says', { text });
  return new NodeChild({ entry, dataDir, port, readyTimeoutMs, onErrorOutput });
}
