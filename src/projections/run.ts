import type { EventStore, Position, SubscriptionBatch } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import type { Log } from '../ports/log.js';

/** Something that follows the streams: a read model, the valuation, deliveries. At least once, in order. */
export interface Projection {
  readonly name: string;
  readonly streamPrefixes: readonly string[];
  /** True for what callers read: the service is ready once it has reached the head seen at start. */
  readonly isReadModel?: boolean;
  /** Makes ready and says where to go on; called again after every failure. */
  start(): Promise<Position>;
  /** Deals with a batch. Once it resolves, everything up to `batch.position` never needs to be seen again. */
  handle(batch: SubscriptionBatch): Promise<void>;
  /** Called about once a second while live and nothing arrives. */
  idle?(): Promise<void>;
}

export interface ProjectionStatus {
  readonly name: string;
  readonly position: Position;
  readonly live: boolean;
  /** Failures since the last batch that went well. */
  readonly failures: number;
  readonly lastError?: string;
}

const IDLE_TICK_MS = 1_000;
const BACKOFF_MS = { first: 100, most: 10_000 };

/** Keeps one projection going: subscribes, resumes after failures with backoff, and knows how far it is. */
export class ProjectionRunner {
  private readonly stopping = new AbortController();
  private running: Promise<void> = Promise.resolve();
  private position: Position = START;
  private live = false;
  private failures = 0;
  private lastError: string | undefined;
  private readonly waiters = new Set<{ position: Position; reached: () => void }>();

  constructor(
    private readonly store: EventStore,
    private readonly projection: Projection,
    private readonly log: Log,
  ) {}

  start(): void {
    this.running = this.run();
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  status(): ProjectionStatus {
    const { position, live, failures, lastError } = this;
    return { name: this.projection.name, position, live, failures, ...(lastError === undefined ? {} : { lastError }) };
  }

  get streamPrefixes(): readonly string[] {
    return this.projection.streamPrefixes;
  }

  /** Resolves once everything up to the position has been dealt with; false when that took longer than the time. */
  async reached(position: Position, timeoutMs: number): Promise<boolean> {
    if (this.position >= position) return true;
    return new Promise((resolve) => {
      const waiter = {
        position,
        reached: () => {
          clearTimeout(timer);
          this.waiters.delete(waiter);
          resolve(true);
        },
      };
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        resolve(false);
      }, timeoutMs);
      this.waiters.add(waiter);
    });
  }

  private async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      try {
        await this.follow();
      } catch (error) {
        await this.backOff(error);
      }
    }
  }

  private async follow(): Promise<void> {
    const { projection } = this;
    const after = await projection.start();
    this.advance(after);
    const signal = this.stopping.signal;
    const batches = this.store.subscribe({ after, streamPrefixes: projection.streamPrefixes, signal });
    for await (const batch of withIdleTicks(batches, IDLE_TICK_MS)) {
      if (batch === 'idle') {
        if (this.live) await projection.idle?.();
        continue;
      }
      await projection.handle(batch);
      this.failures = 0;
      this.lastError = undefined;
      this.live = batch.live;
      this.advance(batch.position);
    }
  }

  private async backOff(error: unknown): Promise<void> {
    this.live = false;
    this.failures += 1;
    this.lastError = error instanceof Error ? error.message : String(error);
    const delayMs = Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** Math.min(this.failures - 1, 10));
    this.log.warn('projection stopped, starts again', {
      projection: this.projection.name,
      error: this.lastError,
      delayMs,
    });
    await sleep(delayMs * (0.5 + Math.random() / 2), this.stopping.signal);
  }

  private advance(position: Position): void {
    this.position = position;
    for (const waiter of this.waiters) if (waiter.position <= position) waiter.reached();
  }
}

/** The same items, and `'idle'` whenever none came for so long. Ending it early ends the source too. */
async function* withIdleTicks<T>(source: AsyncIterable<T>, tickMs: number): AsyncGenerator<T | 'idle'> {
  const iterator = source[Symbol.asyncIterator]();
  try {
    let next = iterator.next();
    while (true) {
      const result = await orAfter(next, tickMs);
      if (result === 'idle') yield 'idle';
      else if (result.done === true) return;
      else {
        yield result.value;
        next = iterator.next();
      }
    }
  } finally {
    await iterator.return?.();
  }
}

async function orAfter<T>(promise: Promise<T>, delayMs: number): Promise<T | 'idle'> {
  let timer: NodeJS.Timeout | undefined;
  const idle = new Promise<'idle'>((resolve) => {
    timer = setTimeout(resolve, delayMs, 'idle');
  });
  try {
    return await Promise.race([promise, idle]);
  } finally {
    clearTimeout(timer);
  }
}

function sleep(delayMs: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const timer = setTimeout(done, delayMs);
    function done() {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    }
    signal.addEventListener('abort', done);
  });
}
