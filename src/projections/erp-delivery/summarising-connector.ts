import {
  groupOf,
  type Summarised,
  type SummaryPeriod,
  summariesStream,
  sumUp,
} from '../../domain/delivery/summaries/summary.js';
import { type Sku, valuationStream } from '../../domain/values/identifiers.js';
import type { Clock } from '../../ports/clock.js';
import { ErpConnector, type ErpOutcome, type ErpPosting } from '../../ports/erp.js';
import type { EventStore } from '../../ports/event-store.js';
import { SummariesLog } from '../../streams/summaries-log.js';

/** Most postings in a call, and so in an entry. */
const BATCH_LIMIT = 5_000;

/** What the ERP refuses for these reasons it refuses of every posting in the entry: accounts and period are the same. */
const OF_ALL: ReadonlySet<string> = new Set(['PERIOD_CLOSED', 'BAD_ACCOUNT', 'CONFIG']);

/**
 * An ERP that gets one entry for postings of the same location, period, currency and accounts. To everybody else it is
 * an ERP that takes postings by their refs: which entry a posting is in is on record before the entry is sent, so that
 * one whose outcome is unknown is found by its entry, or sent once more as it was.
 */
export class SummarisingConnector extends ErpConnector {
  override readonly name: string;
  override readonly batchLimit: number;
  override readonly parallel: number;
  override readonly mapping: string;
  private readonly log: SummariesLog;
  /** Postings that failed together while others went through: they go on alone. */
  private readonly alone = new Set<string>();
  /** Entries that the ERP surely did not take when it was asked last. */
  private readonly refused = new Set<string>();
  /** One entry gets its name at a time. */
  private naming: Promise<unknown> = Promise.resolve();

  /** @param period null: nothing more is summed, what was before is still found by its entry */
  constructor(
    private readonly erp: ErpConnector,
    store: EventStore,
    private readonly clock: Clock,
    private readonly period: SummaryPeriod | null,
  ) {
    super();
    const { name, batchLimit, parallel, mapping } = erp;
    this.name = name;
    this.parallel = parallel;
    this.mapping = mapping;
    this.batchLimit = period === null ? batchLimit : BATCH_LIMIT;
    this.log = new SummariesLog(store, name);
    if (erp.openDateFrom !== undefined) this.openDateFrom = erp.openDateFrom.bind(erp);
    if (erp.balances !== undefined) this.balances = erp.balances.bind(erp);
    if (erp.entries !== undefined) this.entries = erp.entries.bind(erp);
    if (erp.movements !== undefined) this.movements = erp.movements.bind(erp);
  }

  override async open(): Promise<void> {
    await this.log.readOn();
    await this.erp.open();
  }

  override async post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    if (this.period === null && this.log.isEmpty) return this.erp.post(postings);
    const outcomes = new Map<string, ErpOutcome>();
    try {
      await this.sendAll(postings, outcomes);
    } catch (error) {
      // Nothing is sent before it is on record.
      const detail = error instanceof Error ? error.message : String(error);
      for (const { ref } of postings) if (!outcomes.has(ref)) outcomes.set(ref, notNow(detail));
    }
    return postings.map(({ ref }) => outcomes.get(ref) ?? notNow('behind one that is not posted'));
  }

  override async find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    await this.log.readOn();
    if (this.log.isEmpty) return this.erp.find(refs);
    const names = new Map<string, string>();
    const found = new Set<string>();
    for (const ref of refs) {
      const entry = await this.log.entryOf(ref);
      // What sums up to nothing needs no entry.
      if (entry?.lines.length === 0) found.add(ref);
      else names.set(ref, entry?.ref ?? ref);
    }
    const there = await this.erp.find([...new Set(names.values())]);
    for (const [ref, name] of names) if (there.has(name)) found.add(ref);
    return found;
  }

  /** The entries that postings are summed in, by their refs; those that are in none are left out. */
  override async summedIn(refs: readonly string[]): Promise<ReadonlyMap<string, Summarised>> {
    await this.log.readOn();
    const entries = new Map<string, Summarised>();
    for (const ref of refs) {
      const entry = await this.log.entryOf(ref);
      if (entry !== undefined) entries.set(ref, entry);
    }
    return entries;
  }

  override async close(): Promise<void> {
    await this.erp.close();
  }

  /** Entries that are on record go first, as they are; then one for each group, in the order of their postings. */
  private async sendAll(postings: readonly ErpPosting[], outcomes: Map<string, ErpOutcome>): Promise<void> {
    const stuck = new Set<string>();
    let left = await this.sendKnown(postings, outcomes, stuck);
    while (left.length > 0) {
      const [group, rest] = this.nextGroup(left, stuck);
      if (group === undefined) break;
      await this.sendGroup(group, outcomes, stuck);
      left = rest;
    }
    if ([...outcomes.values()].some(isDone)) await this.part(postings, outcomes);
  }

  /** The ERP is well: what it did not take together, and surely does not have, it may take one by one. */
  private async part(postings: readonly ErpPosting[], outcomes: ReadonlyMap<string, ErpOutcome>): Promise<void> {
    for (const { ref } of postings) {
      const outcome = outcomes.get(ref);
      if (outcome === undefined || isDone(outcome)) {
        this.alone.delete(ref);
        continue;
      }
      const entry =
        outcome.status === 'retry-later' && outcome.applied === 'no' ? await this.log.entryOf(ref) : undefined;
      if (entry === undefined || entry.refs.length === 1 || !this.refused.has(entry.ref)) continue;
      for (const each of entry.refs) this.alone.add(each);
      await this.dissolve(entry.ref);
    }
    this.refused.clear();
  }

  /** @returns those that are in no entry */
  private async sendKnown(
    postings: readonly ErpPosting[],
    outcomes: Map<string, ErpOutcome>,
    stuck: Set<string>,
  ): Promise<readonly ErpPosting[]> {
    const free: ErpPosting[] = [];
    const results = new Map<string, ErpOutcome>();
    for (const posting of postings) {
      const entry = await this.log.entryOf(posting.ref);
      if (entry === undefined) {
        free.push(posting);
        continue;
      }
      const outcome = results.get(entry.ref) ?? (await this.sendEntry(entry));
      results.set(entry.ref, outcome);
      if (outcome.status === 'rejected') free.push(posting);
      else this.settle([posting], outcome, outcomes, stuck);
    }
    return free;
  }

  /** What belongs to the first posting's group, but for what stands behind another posting of its SKU and location. */
  private nextGroup(
    postings: readonly ErpPosting[],
    stuck: ReadonlySet<string>,
  ): readonly [readonly [ErpPosting, ...ErpPosting[]] | undefined, readonly ErpPosting[]] {
    const blocked = new Set(stuck);
    let group: [ErpPosting, ...ErpPosting[]] | undefined;
    let name: string | undefined;
    const rest: ErpPosting[] = [];
    for (const posting of postings) {
      const stream = valuationStream(posting);
      if (stuck.has(stream)) continue;
      const { period } = this;
      const own = period === null || this.alone.has(posting.ref) ? posting.ref : groupOf(posting, period);
      if (group === undefined) [group, name] = [[posting], own];
      else if (name === own && !blocked.has(stream)) group.push(posting);
      else {
        blocked.add(stream);
        rest.push(posting);
      }
    }
    return [group, rest];
  }

  /** An entry that is refused for what one of its postings may be is split until that one is alone. */
  private async sendGroup(
    group: readonly [ErpPosting, ...ErpPosting[]],
    outcomes: Map<string, ErpOutcome>,
    stuck: Set<string>,
  ): Promise<void> {
    const [only] = group;
    const isAlone = this.period === null && group.length === 1;
    const outcome = isAlone ? ((await this.erp.post([only]))[0] ?? UNKNOWN) : await this.sendSum(group);
    if (outcome.status === 'rejected' && group.length > 1 && !OF_ALL.has(outcome.code)) {
      const half = Math.ceil(group.length / 2);
      for (const part of [group.slice(0, half), group.slice(half)]) {
        const going = part.filter((posting) => !stuck.has(valuationStream(posting)));
        const [first, ...others] = going;
        if (first !== undefined) await this.sendGroup([first, ...others], outcomes, stuck);
      }
      return;
    }
    this.settle(group, outcome, outcomes, stuck);
  }

  private async sendSum(group: readonly [ErpPosting, ...ErpPosting[]]): Promise<ErpOutcome> {
    const entry = await this.record(group);
    return entry === undefined ? notNow('another poster posts them') : this.sendEntry(entry);
  }

  /** Undefined when another poster has summed one of them meanwhile. */
  private record(group: readonly [ErpPosting, ...ErpPosting[]]): Promise<Summarised | undefined> {
    const sum = sumUp(group, this.period ?? 'day');
    const named = this.naming.then(async () => {
      while (true) {
        const entry = await this.log.add(sum, this.clock.now());
        if (entry !== undefined) return entry;
        await this.log.readOn();
        for (const { ref } of group) if ((await this.log.entryOf(ref)) !== undefined) return undefined;
      }
    });
    this.naming = named.catch(() => undefined);
    return named;
  }

  /** Refused, it is dissolved: nothing of it is in the ERP, and its postings are free for other entries. */
  private async sendEntry(entry: Summarised): Promise<ErpOutcome> {
    if (entry.lines.length === 0) return { status: 'posted' };
    const [outcome = UNKNOWN] = await this.erp.post([this.postingOf(entry)]);
    if (outcome.status === 'rejected') await this.dissolve(entry.ref);
    if (outcome.status === 'retry-later' && outcome.applied === 'no') this.refused.add(entry.ref);
    else this.refused.delete(entry.ref);
    return outcome;
  }

  private dissolve(ref: string): Promise<void> {
    const done = this.naming.then(async () => {
      while (!this.log.isDissolved(ref) && !(await this.log.dissolve(ref, this.clock.now()))) await this.log.readOn();
    });
    this.naming = done.catch(() => undefined);
    return done;
  }

  private postingOf({ ref, date, currency, lines, location, period, refs }: Summarised): ErpPosting {
    return {
      // What tells it from others: nothing stands behind another entry.
      sku: `${period}.${ref.slice(0, 8)}` as Sku,
      location,
      ref,
      date,
      currency,
      lines,
      source: {
        stream: summariesStream(this.name),
        revision: refs.length,
        type: 'Summarised',
        movementId: `${refs.length} postings of ${period}`,
      },
    };
  }

  private settle(
    postings: readonly ErpPosting[],
    outcome: ErpOutcome,
    outcomes: Map<string, ErpOutcome>,
    stuck: Set<string>,
  ): void {
    for (const posting of postings) {
      const stream = valuationStream(posting);
      // Behind one of its own that was refused it was not even asked for.
      outcomes.set(posting.ref, stuck.has(stream) ? notNow('behind one that is not posted') : outcome);
      if (outcome.status === 'rejected' || outcome.status === 'retry-later') stuck.add(stream);
    }
  }
}

const isDone = ({ status }: ErpOutcome): boolean => status === 'posted' || status === 'duplicate';

const UNKNOWN: ErpOutcome = { status: 'retry-later', applied: 'unknown', detail: 'no outcome' };

const notNow = (detail: string): ErpOutcome => ({ status: 'retry-later', applied: 'no', detail });
