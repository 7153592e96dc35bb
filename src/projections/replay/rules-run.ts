import { ChangeTally } from '../../domain/replay/change-report.js';
import type { Replay, RulesChange } from '../../domain/replay/replay.js';
import type { JournalLine, Posting } from '../../domain/valuation/events.js';
import type { ValuationTerms } from '../../domain/valuation/posting-rules.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import { valuationStream } from '../../domain/values/identifiers.js';
import type { Clock } from '../../ports/clock.js';
import type { ErpAccounts } from '../../ports/erp.js';
import { type EventStore, MAX_APPEND_BYTES, type Position } from '../../ports/event-store.js';
import { MasterDataAtPosition } from '../valuation/master-data.js';
import { RevaluationLog } from './revaluation-log.js';
import { type RevaluedStream, revalue } from './revalued-stream.js';
import { hindrance, type StreamInRange, streamsInRange } from './streams-in-range.js';

export interface ReplayOptions {
  readonly accounts: ErpAccounts;
  /** IANA name, of locations that have none of their own. */
  readonly timeZone: string;
}

/** Streams that are valued anew side by side. */
const AT_ONCE = 8;
/** A stream that is written all the time is left to later so often. */
const MOST_TRIES = 50;
/** So many layers, of up to some 45 B each, are sure to go into one append. */
const MOST_LAYERS = Math.floor((MAX_APPEND_BYTES * 0.8) / 45);
/** Later than whatever there is. */
const EVER: Position = 2n ** 63n;

/** It cannot be changed in this way; the message says what to do. */
export class ChangeRefused extends Error {
  override readonly name = 'ChangeRefused';
}

/** Values everything in a range by other rules: says what that changes and, unless it is a dry run, posts it. */
export class RulesRun {
  private readonly masterData: MasterDataAtPosition;

  constructor(
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly id: string,
    private readonly replay: Replay,
    private readonly change: RulesChange,
    private readonly options: ReplayOptions,
    private readonly signal: AbortSignal,
  ) {
    this.masterData = new MasterDataAtPosition(store);
  }

  /**
   * Begins anew after a crash: what is written already is found again.
   * @param onStreams told now and then how many streams were looked at; false stops it
   * @returns undefined when it was stopped @throws ChangeRefused
   */
  async run(onStreams: (streams: number) => Promise<boolean>): Promise<ChangeTally | undefined> {
    const { range, dryRun } = this.replay;
    const due = await this.due(await streamsInRange(this.store, this.id, range, dryRun ? range.to : EVER));
    const tally = new ChangeTally();
    for (let next = 0; next < due.length; next += AT_ONCE) {
      if (this.signal.aborted || !(await onStreams(tally.streams))) return undefined;
      const some = due.slice(next, next + AT_ONCE);
      for (const revalued of await Promise.all(some.map((stream) => this.one(stream)))) {
        tally.streams += 1;
        if (revalued !== undefined) this.add(tally, revalued);
      }
    }
    return tally;
  }

  /** Everything is looked at before anything is written. */
  private async due(streams: readonly StreamInRange[]) {
    const due: { readonly key: StockKey; readonly terms: ValuationTerms }[] = [];
    for (const stream of streams) {
      const terms = await this.termsOf(stream.key);
      const why = hindrance(stream, this.change, this.replay.range, terms);
      if (why !== undefined && why !== 'done') throw new ChangeRefused(`${why}.`);
      if (why === undefined) due.push({ key: stream.key, terms });
    }
    return due;
  }

  /** What master data say of the SKU when the replay is asked for goes first, as it does where nothing is valued yet. */
  private async termsOf(key: StockKey): Promise<ValuationTerms> {
    const { costing, damaged, version } = this.change.rules;
    const { sku } = await this.masterData.at(key, this.replay.range.to + 1n);
    return { method: sku.costing ?? costing, damaged, version };
  }

  private async one({ key, terms }: { readonly key: StockKey; readonly terms: ValuationTerms }) {
    const { range, dryRun } = this.replay;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const revalued = await revalue(this.store, key, {
        change: this.change,
        range,
        replay: this.id,
        upTo: dryRun ? range.to : EVER,
        timeZone: this.options.timeZone,
        terms,
      });
      if (revalued === undefined) return undefined;
      if (revalued.after.layers.size > MOST_LAYERS) {
        throw new ChangeRefused(
          `${key.sku} at ${key.location} would have ${revalued.after.layers.size} layers at once.`,
        );
      }
      if (dryRun) return revalued;
      const { version } = this.change.rules;
      const log = new RevaluationLog(this.store, revalued, { replay: this.id, version }, this.clock.now());
      if ((await log.write()) === 'written') return revalued;
    }
    throw new Error(`${valuationStream(key)} is written too fast for a replay.`);
  }

  private add(tally: ChangeTally, { key, before, after, movements }: RevaluedStream): void {
    const currency = (after.lastCost ?? before.lastCost)?.currency;
    if (currency !== undefined) tally.addStock(currency, before.value, after.value);
    for (const movement of movements) {
      for (const posting of movement.before) this.addPosting(tally, posting, 'before');
      for (const posting of movement.after) this.addPosting(tally, posting, 'after');
    }
    const adjustments = movements.flatMap((movement) => movement.adjustments);
    tally.addAdjustments(
      key,
      adjustments.map(({ ref, currency: of, lines }) => ({
        ref,
        currency: of,
        lines: lines.map((line) => ({ account: this.accountOf(line), amount: line.amount })),
      })),
    );
  }

  private addPosting(tally: ChangeTally, { lines, currency, date }: Posting, side: 'before' | 'after'): void {
    const period = date.slice(0, 7);
    for (const line of lines) {
      const at = { account: this.accountOf(line), location: line.location, currency, period };
      tally.addLine(at, side === 'before' ? line.amount : 0n, side === 'after' ? line.amount : 0n);
    }
  }

  private accountOf(line: JournalLine): string {
    return this.options.accounts.accountOf(this.replay.connector, line);
  }
}
