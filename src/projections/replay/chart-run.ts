import { accountOf, mappingOf } from '../../domain/chart/chart.js';
import { ChangeTally } from '../../domain/replay/change-report.js';
import type { ChartChange, Replay } from '../../domain/replay/replay.js';
import { encodeValued, VALUATION_SCHEMA_VERSION, VALUED } from '../../domain/valuation/codec.js';
import type { JournalLine, Posting, Valued } from '../../domain/valuation/events.js';
import { eventId } from '../../domain/values/event-id.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { ErpEntry } from '../../ports/erp.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { DeliveryDelayed, type ErpGate } from '../erp-delivery/erp-gate.js';
import type { ValuationItem } from '../erp-delivery/valuation-item.js';
import { BookedAccounts, type BookedPostings, readBookedPostings } from './booked-accounts.js';
import { DeliveriesSeen } from './deliveries-seen.js';
import { ChangeRefused, type ReplayOptions } from './rules-run.js';
import { streamsInRange } from './streams-in-range.js';

const ENTRIES_A_CALL = 50;
/** A stream that is written all the time is left to later so often. */
const MOST_TRIES = 50;
/** Later than whatever there is. */
const EVER: Position = 2n ** 63n;

/**
 * Moves what an ERP has on accounts of an older chart to those of a new one. Where it has it, the ERP itself says; what
 * goes over is a posting of the valuation stream that concerns this ERP alone, and is delivered like any other.
 */
export class ChartRun {
  constructor(
    private readonly store: EventStore,
    private readonly gate: ErpGate,
    private readonly clock: Clock,
    private readonly id: string,
    private readonly replay: Replay,
    private readonly change: ChartChange,
    private readonly options: ReplayOptions,
    private readonly signal: AbortSignal,
  ) {}

  /** As in RulesRun. @throws ChangeRefused, DeliveryDelayed */
  async run(onStreams: (streams: number) => Promise<boolean>): Promise<ChangeTally | undefined> {
    const { connector } = this.gate;
    const { chart } = this.change;
    if (connector.entries === undefined) throw new ChangeRefused(`${connector.name} does not tell what it has posted.`);
    if (!this.replay.dryRun && mappingOf(chart) !== connector.mapping) throw this.otherChart();
    const seen = await DeliveriesSeen.read(this.store, connector.name);
    const tally = new ChangeTally();
    for (const { key } of await streamsInRange(this.store, this.id, this.replay.range, this.replay.range.to)) {
      if (this.signal.aborted || !(await onStreams(tally.streams))) return undefined;
      tally.streams += 1;
      await this.one(`valuation-${key.sku}@${key.location}`, seen, tally);
    }
    return tally;
  }

  private async one(stream: string, seen: DeliveriesSeen, tally: ChangeTally): Promise<void> {
    const { dryRun, range } = this.replay;
    for (let tries = 0; tries < MOST_TRIES; tries += 1) {
      const booked = await readBookedPostings(this.store, stream, this.gate.connector.name, dryRun ? range.to : EVER);
      const { newest, revision, refs } = booked;
      if (newest === undefined) return;
      const accounts = await this.accountsOf(booked, seen);
      const postings = accounts.reclassifications(newest.source.eventId, refs);
      if (!dryRun && !(await this.write(stream, newest, revision, postings))) continue;
      accounts.tell(tally);
      tally.addAdjustments(stockKeyOf(stream), postings.map(asExample));
      return;
    }
    throw new Error(`${stream} is written too fast for a replay.`);
  }

  private async accountsOf({ items }: BookedPostings, seen: DeliveriesSeen): Promise<BookedAccounts> {
    const accounts = new BookedAccounts(this.change, this.gate.connector.name);
    const { to } = this.replay.range;
    const known = (all: readonly ValuationItem[]) =>
      all.flatMap(({ postings }) => postings).filter(({ ref }) => !seen.writtenOff.has(ref));
    const delivered = known(items.filter((item) => item.position <= to && seen.isDelivered(item)));
    const entered = delivered.filter(({ reclassification }) => reclassification === undefined);
    for (let next = 0; next < entered.length; next += ENTRIES_A_CALL) {
      const some = entered.slice(next, next + ENTRIES_A_CALL);
      const entries = await this.entries(some.map(({ ref }) => ref));
      for (const posting of some) accounts.add(posting, entries.get(posting.ref), (line) => this.wanted(line));
    }
    for (const posting of known(items)) accounts.addMoved(posting);
    return accounts;
  }

  /** False when somebody else wrote. */
  private async write(
    stream: string,
    newest: Valued,
    revision: number,
    postings: readonly Posting[],
  ): Promise<boolean> {
    if (postings.length === 0) return true;
    const { layerChange: _, ...same } = newest;
    const { names: _names, ...source } = newest.source;
    const at = formatInstant(this.clock.now());
    const events = postings.map((posting) => ({
      id: eventId(stream, `reclassified:${this.gate.connector.name}:${this.id}:${posting.ref}`),
      type: VALUED,
      data: encodeValued({
        ...same,
        source,
        currency: posting.currency,
        quantityChange: 0,
        valueChange: 0n,
        postings: [posting],
        revaluation: { replay: this.id, version: this.change.chart.version, from: source.revision, of: 'accounts' },
      }),
      metadata: {
        schemaVersion: VALUATION_SCHEMA_VERSION,
        recordedAt: at,
        occurredAt: at,
        causationId: source.eventId,
        correlationId: this.id,
      },
    }));
    return (await this.store.append(stream, revision, events)).status === 'appended';
  }

  /** Where the new chart has a line; the connector has to post new ones there, too. */
  private wanted(line: JournalLine): string {
    const account = accountOf(this.change.chart, line);
    const { dryRun, connector } = this.replay;
    if (!dryRun && this.options.accounts.accountOf(connector, line) !== account) throw this.otherChart();
    return account;
  }

  private async entries(refs: readonly string[]): Promise<ReadonlyMap<string, ErpEntry>> {
    const { connector } = this.gate;
    try {
      const summed = await connector.summedIn?.(refs);
      if (summed !== undefined && summed.size > 0) throw summing(connector.name);
      return (await connector.entries?.(refs)) ?? new Map();
    } catch (error) {
      if (error instanceof ChangeRefused) throw error;
      throw new DeliveryDelayed(error instanceof Error ? error.message : String(error));
    }
  }

  private otherChart(): ChangeRefused {
    const { name, mapping } = this.gate.connector;
    return new ChangeRefused(
      `${name} posts by the chart ${mapping}, and not by this ${mappingOf(this.change.chart)}: set ERP_CHART to it ` +
        'and start the poster again, then ask once more. A dry run may come before that.',
    );
  }
}

const asExample = ({ ref, currency, lines }: Posting) => ({
  ref,
  currency,
  lines: lines.map(({ account = '', amount }) => ({ account, amount })),
});

const summing = (connector: string) =>
  new ChangeRefused(`${connector} has entries that sum several postings: what lies where cannot be told of each.`);
