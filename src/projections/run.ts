import { type Instant, parseInstant } from '../domain/values/instant.js';
import type { ReadModelStatus } from '../ports/availability-store.js';
import type { EventStore, Position, SubscriptionBatch } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import type { Log } from '../ports/log.js';
import { abortableSleep, withIdleTicks } from './idle-ticks.js';

/** Something that follows the streams: a read model, the valuation, deliveries. At least once, in order. */
export interface Projection {
  readonly name: string;
  readonly streamPrefixes: readonly string[];
  /** True for what callers read: the service is ready once it has reached the head seen at start. */
  readonly isReadModel?: boolean;
  /** True for what nobody waits for: in a peak it leaves the process to others for a while. */
  readonly mayLag?: boolean;
  /** Most events in a batch while catching up; the subscription's own default when undefined. */
  readonly maxBatch?: number;
  /** Makes ready and says where to go on; called again after every failure. */
  start(): Promise<Position>;
  /** Deals with a batch. Once it resolves, everything up to `batch.position` never needs to be seen again. */
  handle(batch: SubscriptionBatch): Promise<void>;
  /** Called about once a second while live and nothing arrives. */
  idle?(): Promise<void>;
  /** What goes on beside the following, until the signal aborts. Never throws. */
  beside?(signal: AbortSignal, log: Log): Promise<void>;
  /** Begins to build its read model anew beside the one that answers; when that is under way, it goes on. */
  rebuild?(): Promise<void>;
  modelStatus?(): Promise<ReadModelStatus>;
}

export interface ProjectionStatus {
  readonly name: string;
  readonly position: Position;
  readonly live: boolean;
  /** When the newest event dealt with was recorded; undefined before the first. */
  readonly recordedAt?: Instant;
  /** Failures since the last batch that went well. */
  readonly failures: number;
  readonly lastError?: string;
}

const IDLE_TICK_MS = 1_000;
const BACKOFF_MS = { first: 100, most: 10_000 };

/** Keeps one projection going: subscribes, resumes after failures with backoff, and knows how far it is. */
export class ProjectionRunner {
  private readonly stopping = new AbortController();
  private running: Promise<unknown> = Promise.resolve();
  /** Where the prepared projection goes on, until it does. */
  private prepared: Position | undefined;
  private position: Position = START;
  private live = false;
  private recordedAt: Instant | undefined;
  private failures = 0;
  private lastError: string | undefined;
  private readonly waiters = new Set<{ position: Position; reached: () => void }>();

  constructor(
    private readonly store: EventStore,
    private readonly projection: Projection,
    private readonly log: Log,
  ) {}

  /** Makes the projection ready already, for who wants to know whether it can be. @throws what keeps it from that */
  async prepare(): Promise<void> {
    this.prepared = await this.projection.start();
  }

  start(): void {
    this.running = Promise.all([this.run(), this.projection.beside?.(this.stopping.signal, this.log)]);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  status(): ProjectionStatus {
    const { position, live, recordedAt, failures, lastError } = this;
    return {
      name: this.projection.name,
      position,
      live,
      ...(recordedAt === undefined ? {} : { recordedAt }),
      failures,
      ...(lastError === undefined ? {} : { lastError }),
    };
  }

  get streamPrefixes(): readonly string[] {
    return this.projection.streamPrefixes;
  }

  /** Undefined for a projection that keeps no model of its own kind. */
  async modelStatus(): Promise<ReadModelStatus | undefined> {
    return this.projection.modelStatus?.();
  }

  /** False for a projection that cannot be rebuilt. */
  async rebuild(): Promise<boolean> {
    if (this.projection.rebuild === undefined) return false;
    await this.projection.rebuild();
    return true;
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
    const after = this.prepared ?? (await projection.start());
    this.prepared = undefined;
    this.advance(after);
    const { streamPrefixes, mayLag = false, maxBatch } = projection;
    const { signal } = this.stopping;
    const most = maxBatch === undefined ? {} : { maxBatch };
    const batches = this.store.subscribe({ after, streamPrefixes, mayLag, signal, ...most });
    for await (const batch of withIdleTicks(batches, IDLE_TICK_MS)) {
      if (batch === 'idle') {
        if (this.live) await projection.idle?.();
        continue;
      }
      await projection.handle(batch);
      this.failures = 0;
      this.lastError = undefined;
      this.live = batch.live;
      this.recordedAt = parseInstant(batch.events.at(-1)?.metadata.recordedAt) ?? this.recordedAt;
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
    await abortableSleep(delayMs * (0.5 + Math.random() / 2), this.stopping.signal);
  }

  private advance(position: Position): void {
    this.position = position;
    for (const waiter of this.waiters) if (waiter.position <= position) waiter.reached();
  }
}
