import { decodeReplay } from '../../domain/replay/replay.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import type { Log } from '../../ports/log.js';
import { REPLAYS, replayIdOf } from '../../streams/replay-streams.js';
import { CheckpointedProjection } from '../checkpointed-projection.js';
import type { ErpGate } from '../erp-delivery/erp-gate.js';
import { abortableSleep } from '../idle-ticks.js';
import { ReplayRun } from './replay-run.js';
import type { ReplayOptions } from './rules-run.js';

const PAUSE_MS = { first: 250, most: 10_000 };

/** Carries out replays with one connector, one after the other; what a crash cuts short goes on from where it was. */
export class ReplayProjection extends CheckpointedProjection {
  readonly mayLag = true;
  readonly streamPrefixes = [REPLAYS];
  /** Those that have not come to an end, in the order in which they were asked for, with a place before that. */
  private readonly waiting = new Map<string, Position>();

  constructor(
    store: EventStore,
    private readonly gate: ErpGate,
    private readonly clock: Clock,
    private readonly options: ReplayOptions,
  ) {
    super(store, `replay-${gate.connector.name}`);
  }

  protected override begin(): void {
    this.waiting.clear();
  }

  protected override async take({ events }: SubscriptionBatch, place: Position): Promise<void> {
    let before = place;
    for (const event of events) {
      const id = replayIdOf(event.stream);
      const happened = decodeReplay(event);
      if (happened.type === 'ReplayRequested' && happened.connector === this.gate.connector.name) {
        this.waiting.set(id, before);
      }
      if (happened.type === 'ReplayFinished') this.waiting.delete(id);
      before = event.position;
    }
  }

  protected override unfinishedSince(): Position | undefined {
    const [oldest] = this.waiting.values();
    return oldest;
  }

  private run(id: string, signal: AbortSignal): Promise<void> {
    return new ReplayRun(this.store, this.gate, this.clock, id, signal, this.options).goOn();
  }

  async beside(signal: AbortSignal, log: Log): Promise<void> {
    let pauseMs = PAUSE_MS.first;
    while (!signal.aborted) {
      const [id] = this.waiting.keys();
      try {
        if (id !== undefined) await this.run(id, signal);
        pauseMs = PAUSE_MS.first;
      } catch (error) {
        log.warn('replay stopped, goes on later', {
          replay: id,
          error: error instanceof Error ? error.message : error,
        });
        pauseMs = Math.min(PAUSE_MS.most, pauseMs * 2);
      }
      await abortableSleep(pauseMs, signal);
    }
  }
}
