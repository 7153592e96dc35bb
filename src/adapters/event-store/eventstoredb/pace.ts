import { setTimeout as sleep } from 'node:timers/promises';

/** So long the event loop is watched at a time, without the follower's own work in it. */
const WATCH_MS = 10;
/** Share of that time in which others were at work, from which on the process counts as busy. */
const BUSY = 0.5;
/** Resting takes at most so many times as long as the work before it. */
const REST_PER_WORK = 4;
/** Who is behind for longer than this rests no more, so that the backlog is bounded. */
const PATIENCE_MS = 30_000;

/** Lets whoever else is at work in this process go first, as long as a follower's backlog is young. */
export class Pace {
  private behindSinceMs: number | undefined;

  constructor(
    private readonly signal: AbortSignal,
    private readonly patienceMs = PATIENCE_MS,
  ) {}

  /** Resolves when the event loop has time to spare, or after a multiple of `workedMs`; at once for who is late. */
  async rest(workedMs: number, isBehind: boolean): Promise<void> {
    if (!isBehind) this.behindSinceMs = undefined;
    else this.behindSinceMs ??= performance.now();
    if (this.behindSinceMs !== undefined && performance.now() - this.behindSinceMs > this.patienceMs) return;
    const untilMs = performance.now() + REST_PER_WORK * workedMs;
    while (performance.now() < untilMs && !this.signal.aborted) {
      const before = performance.eventLoopUtilization();
      await sleep(WATCH_MS, undefined, { signal: this.signal }).catch(() => undefined);
      if (performance.eventLoopUtilization(before).utilization < BUSY) return;
    }
  }
}
