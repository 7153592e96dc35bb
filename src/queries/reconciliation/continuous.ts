import { setTimeout as sleep } from 'node:timers/promises';
import type { Log } from '../../ports/log.js';
import type { Reconciliation } from './reconciliation.js';
import { differenceCounts, isReconciled } from './verdict.js';

/** The first one comes soon, so that what is wrong after a start is not found out after it. */
const FIRST_AFTER_MS = 20_000;
/** However long one takes, it takes no more than this part of the time. */
const MOST_OF_THE_TIME = 0.1;

/** Reconciles by itself, again and again. */
export class ContinuousReconciliation {
  private readonly stopping = new AbortController();
  private readonly running: Promise<void>;

  constructor(
    private readonly reconciliation: Reconciliation,
    private readonly log: Log,
    everyMs: number,
  ) {
    this.running = this.run(everyMs);
  }

  async stop(): Promise<void> {
    this.stopping.abort();
    await this.running;
  }

  private async run(everyMs: number): Promise<void> {
    const { signal } = this.stopping;
    let delayMs = Math.min(everyMs, FIRST_AFTER_MS);
    while (!signal.aborted) {
      await sleep(delayMs, undefined, { signal, ref: false }).catch(() => undefined);
      if (signal.aborted) return;
      const begin = performance.now();
      await this.reconcile();
      delayMs = Math.max(everyMs, (performance.now() - begin) / MOST_OF_THE_TIME);
    }
  }

  private async reconcile(): Promise<void> {
    try {
      const report = await this.reconciliation.report();
      if (isReconciled(report)) return;
      const differences = Object.fromEntries([...differenceCounts(report)].filter(([, count]) => count > 0));
      const erps = Object.fromEntries(report.erps.map(({ connector, state }) => [connector, state]));
      this.log.warn('books are not reconciled', { differences, erps });
    } catch (error) {
      this.log.warn('reconciliation failed, the next one tries again', {
        reason: error instanceof Error ? error.message : String(error),
      });
    }
  }
}
