import { STOCK_STREAMS } from '../../domain/values/identifiers.js';
import type { AvailabilityCandidate, AvailabilityStore, Comparison } from '../../ports/availability-store.js';
import { CLAIM_MS, ReadModelUnavailable } from '../../ports/availability-store.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import type { Log } from '../../ports/log.js';
import { abortableSleep, withIdleTicks } from '../idle-ticks.js';
import { AvailabilityFold, EventsMissing, MAX_CACHED_CELLS } from './fold.js';

const LOOK_EVERY_MS = 1_000;
const IDLE_TICK_MS = 250;
/** Batches after which documents that change all the time are let go uncompared. */
const MAX_COMPARISONS = 50;

/**
 * Builds a new generation of the read model beside the one that answers, compares the two when they are level, and
 * switches. Every instance looks after rebuilds, whoever began them, so that one goes on when its builder dies.
 */
export class Rebuilder {
  /** Ends the wait for the next look. */
  private wake: () => void = () => undefined;

  constructor(
    private readonly events: EventStore,
    private readonly model: AvailabilityStore,
    private readonly clock: Clock,
    private readonly maxCachedCells = MAX_CACHED_CELLS,
  ) {}

  /** Begins a rebuild; one that is under way goes on. */
  async begin(): Promise<void> {
    await this.model.beginRebuild(this.clock.now());
    this.wake();
  }

  /** Looks after rebuilds until the signal aborts. */
  async run(signal: AbortSignal, log: Log): Promise<void> {
    while (!signal.aborted) {
      try {
        const candidate = await this.model.candidate();
        if (candidate !== undefined && (await candidate.claim())) await this.build(candidate, signal, log);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        // While the model is away its projection says so.
        if (!(error instanceof ReadModelUnavailable)) log.warn('rebuild of availability goes on later', { reason });
      }
      await new Promise<void>((resolve) => {
        this.wake = resolve;
        void abortableSleep(LOOK_EVERY_MS, signal).then(resolve);
      });
    }
  }

  private async build(candidate: AvailabilityCandidate, signal: AbortSignal, log: Log): Promise<void> {
    const building = new AbortController();
    const renewal = setInterval(() => {
      candidate.claim().then(
        (mine) => mine || building.abort(),
        () => undefined,
      );
    }, CLAIM_MS / 4);
    try {
      await this.follow(candidate, AbortSignal.any([signal, building.signal]), log);
    } catch (error) {
      if (error instanceof EventsMissing) await candidate.abandon();
      throw error;
    } finally {
      clearInterval(renewal);
      await candidate.release().catch(() => undefined);
    }
  }

  private async follow(candidate: AvailabilityCandidate, signal: AbortSignal, log: Log): Promise<void> {
    log.info('availability is being rebuilt', { generation: candidate.generation, from: candidate.position });
    const fold = new AvailabilityFold(candidate, this.clock, this.maxCachedCells);
    const after = candidate.position;
    const batches = this.events.subscribe({ after, streamPrefixes: STOCK_STREAMS, signal });
    let position = after;
    let live = false;
    let comparisons = 0;
    for await (const batch of withIdleTicks(batches, IDLE_TICK_MS)) {
      if (batch !== 'idle') {
        await fold.take(batch);
        position = batch.position;
        live = batch.live;
      } else if (live) position = await this.passEmptyPositions(candidate, position);
      if (!live) continue;
      comparisons += 1;
      const comparison = await candidate.compare();
      if (comparison.undecided > 0 && comparisons < MAX_COMPARISONS) continue;
      if (!(await candidate.promote(comparison, this.clock.now()))) continue;
      report(candidate, comparison, log);
      return;
    }
  }

  /** The generation that answers may stand at a position behind which there was nothing for it: so may this one. */
  private async passEmptyPositions(candidate: AvailabilityCandidate, position: Position): Promise<Position> {
    const { rebuild } = await this.model.status();
    if (rebuild === undefined || rebuild.target <= position) return position;
    const head = await this.events.head(STOCK_STREAMS);
    if (head > position) return position;
    await candidate.save([], { position: rebuild.target, asOf: 0 });
    return rebuild.target;
  }
}

function report({ generation }: AvailabilityCandidate, comparison: Comparison, log: Log): void {
  const facts = { generation, ...comparison };
  if (comparison.differing === 0) log.info('availability has been rebuilt', facts);
  else log.warn('availability has been rebuilt, and the model before differed', facts);
}
