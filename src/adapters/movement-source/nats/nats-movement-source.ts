import { setTimeout as sleep } from 'node:timers/promises';
import type { NatsConnection } from 'nats';
import type { Clock } from '../../../ports/clock.js';
import type { Log } from '../../../ports/log.js';
import { type MovementHandler, MovementSource } from '../../../ports/movement-source.js';
import { connectTo, reasonOf } from '../../nats.js';
import { ensureMovementStreams, type MovementStreamNames } from './movement-streams.js';
import { SubjectWorker } from './subject-worker.js';

/** How long the first movement of a location that nobody has heard of may wait. */
const LOOK_AROUND_EVERY_MS = 1_000;

export interface NatsMovementSourceOptions {
  /** `nats://user:password@host:4222`, several parted by commas. */
  readonly url: string;
  /** JetStream stream; default `STOCKFOLD-MOVEMENTS`. That of rejected ones has `-REJECTED` behind it. */
  readonly stream?: string;
  /** First token of every subject; default `stockfold`. */
  readonly subjectPrefix?: string;
  /** A message that cannot be dealt with comes again after this, then after twice that; default 100. */
  readonly firstRetryMs?: number;
}

/** Movements from `<prefix>.movements.<location>`; what is refused goes to `<prefix>.movements-rejected.<location>`. */
export class NatsMovementSource extends MovementSource {
  private readonly names: MovementStreamNames;
  private readonly workers = new Map<string, SubjectWorker>();
  private readonly stopping = new AbortController();
  private connection: NatsConnection | undefined;
  private running: Promise<void> = Promise.resolve();

  constructor(
    private readonly options: NatsMovementSourceOptions,
    private readonly clock: Clock,
    private readonly log: Log,
  ) {
    super();
    const movements = options.stream ?? 'STOCKFOLD-MOVEMENTS';
    this.names = { prefix: options.subjectPrefix ?? 'stockfold', movements, rejected: `${movements}-REJECTED` };
  }

  start(handler: MovementHandler): void {
    this.running = this.run(handler);
  }

  async close(): Promise<void> {
    this.stopping.abort();
    await this.running;
    await Promise.all([...this.workers.values()].map((worker) => worker.stop()));
    // Acknowledgements are on their way until the server has heard them.
    await this.connection?.flush().catch(() => undefined);
    await this.connection?.close();
  }

  private async run(handler: MovementHandler): Promise<void> {
    let wasAway = false;
    while (!this.stopping.signal.aborted) {
      try {
        await this.lookAround(handler);
        wasAway = false;
      } catch (error) {
        if (!wasAway) this.log.warn('movements from NATS: cannot look for them', { error: reasonOf(error) });
        wasAway = true;
      }
      await sleep(LOOK_AROUND_EVERY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  /** Gives every subject that has messages a worker. */
  private async lookAround(handler: MovementHandler): Promise<void> {
    const connection = await this.connected();
    const names = this.names;
    const manager = await connection.jetstreamManager();
    await ensureMovementStreams(manager, names);
    const filter = `${names.prefix}.movements.>`;
    const { state } = await manager.streams.info(names.movements, { subjects_filter: filter });
    for (const subject of Object.keys(state.subjects ?? {})) {
      if (this.workers.has(subject)) continue;
      const worker = new SubjectWorker(
        connection,
        names,
        subject,
        handler,
        this.clock,
        this.log,
        this.options.firstRetryMs ?? 100,
      );
      this.workers.set(subject, worker);
    }
  }

  private async connected(): Promise<NatsConnection> {
    this.connection ??= await connectTo(this.options.url);
    return this.connection;
  }
}
