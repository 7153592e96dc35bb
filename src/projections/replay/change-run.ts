import { ChangeTally } from '../../domain/replay/change-report.js';
import { NO_TALLY, type ReplayChange } from '../../domain/replay/replay.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore } from '../../ports/event-store.js';
import { appendReplay, type RecordedReplay } from '../../streams/replay-streams.js';
import type { ErpGate } from '../erp-delivery/erp-gate.js';
import { ChartRun } from './chart-run.js';
import { ChangeRefused, type ReplayOptions, RulesRun } from './rules-run.js';

/** Streams between two records of how far it is. */
const STREAMS_A_RECORD = 1_000;

/** Carries out a replay that changes what should be posted, and records what it came to. */
export class ChangeRun {
  private revision: number;
  private recorded = 0;

  constructor(
    private readonly store: EventStore,
    private readonly gate: ErpGate,
    private readonly clock: Clock,
    private readonly id: string,
    private readonly replay: RecordedReplay,
    private readonly options: ReplayOptions,
    private readonly signal: AbortSignal,
  ) {
    this.revision = replay.revision;
  }

  /** Returns early when it is told to stop, or somebody else does it. */
  async goOn(change: ReplayChange): Promise<void> {
    try {
      const tally = await this.runOf(change).run((streams) => this.progressed(streams));
      if (tally !== undefined) await this.finished(tally);
    } catch (error) {
      if (!(error instanceof ChangeRefused)) throw error;
      await this.finished(new ChangeTally(), error.message);
    }
  }

  private runOf(change: ReplayChange): RulesRun | ChartRun {
    const { replay } = this.replay;
    switch (change.kind) {
      case 'rules':
        return new RulesRun(this.store, this.clock, this.id, replay, change, this.options, this.signal);
      case 'chart':
        return new ChartRun(this.store, this.gate, this.clock, this.id, replay, change, this.options, this.signal);
    }
  }

  private async progressed(streams: number): Promise<boolean> {
    if (streams < this.recorded + STREAMS_A_RECORD) return true;
    this.recorded = streams;
    const { position } = this.replay.replay;
    return this.record({ type: 'ReplayProgressed', position, tally: { ...NO_TALLY, looked: streams } });
  }

  private async finished(tally: ChangeTally, refused?: string): Promise<void> {
    const { position, range } = this.replay.replay;
    await this.record({
      type: 'ReplayFinished',
      position: refused === undefined ? range.to : position,
      tally: { ...NO_TALLY, looked: tally.streams },
      report: tally.report(refused),
    });
  }

  /** False when somebody else wrote. */
  private async record(event: Parameters<typeof appendReplay>[3]): Promise<boolean> {
    const appended = await appendReplay(this.store, this.id, this.revision, event, { at: this.clock.now() });
    this.revision += 1;
    return appended !== undefined;
  }
}
