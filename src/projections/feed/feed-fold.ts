import { evolveCell } from '../../domain/availability/cell.js';
import { decodeStockEvent } from '../../domain/stock/codec.js';
import { type StockKey, stockKeyOf } from '../../domain/values/identifiers.js';
import { type Instant, storedInstant } from '../../domain/values/instant.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import { forEachBounded } from '../bounded.js';
import { type CellStep, type CellTimeline, NO_TIMELINE, passTime, takeEvent, timelineOf } from './cell-timeline.js';
import { coalesced, type FeedEntry, type FeedPlace } from './feed-entry.js';
import { cloudEvent, dataOf, FEED_EVENT_NAMES } from './feed-events.js';

/** Some 100 MB at the very most; what is forgotten is read from its stream when it changes again. */
const MAX_CELLS = 200_000;
const READS_AT_ONCE = 16;
/** The entries of an event itself stand behind those of the time that passed before it. */
const FIRST_INDEX_OF_EVENT = 1_000;

/** What there is to tell; the fold stands where it stood until `commit` is called. */
export interface FeedDraft {
  readonly entries: readonly FeedEntry[];
  commit(): void;
}

/**
 * Follows cells from event to event and through time. It reads what it does not know from the streams alone, so the
 * same stream always tells the same, whatever read models do.
 */
export class FeedFold {
  private readonly cells = new Map<string, CellTimeline>();
  /** No cell that is kept here changes by time alone before this. A bound: a look tightens it. */
  private nextMoment: Instant = Number.POSITIVE_INFINITY;
  private noticedAt: Instant = 0;

  constructor(
    private readonly events: EventStore,
    /** The CloudEvents source. */
    private readonly source: string,
    private readonly maxCells = MAX_CELLS,
  ) {}

  /** What the events of a batch change. An event that is in the fold already tells nothing. */
  async take({ events }: Pick<SubscriptionBatch, 'events'>): Promise<FeedDraft> {
    const read = await this.readMissing(events);
    const changed = new Map<string, CellTimeline>();
    const entries: FeedEntry[] = [];
    for (const event of events) {
      const { stream } = event;
      const known = changed.get(stream) ?? read.get(stream) ?? this.cells.get(stream) ?? NO_TIMELINE;
      if (event.revision <= known.cell.revision) continue;
      if (event.revision > known.cell.revision + 1) throw new Error(`${stream}: the feed misses events.`);
      const recordedAt = storedInstant(String(event.metadata.recordedAt));
      const { timeline, steps } = takeEvent(known, decodeStockEvent(event), event.revision, recordedAt);
      changed.set(stream, timeline);
      entries.push(...this.entriesOf(stockKeyOf(stream), steps, event.position));
    }
    return { entries: coalesced(entries), commit: () => this.keep(changed) };
  }

  /**
   * What time alone has changed by now, at cells that this fold keeps.
   * @param position up to which the events have been dealt with
   */
  passTime(now: Instant, position: Position): FeedDraft {
    if (now < this.nextMoment) return NOTHING;
    const noticedAt = Math.max(now, this.noticedAt + 1);
    const changed = new Map<string, CellTimeline>();
    const entries: FeedEntry[] = [];
    for (const [stream, timeline] of this.cells) {
      if (timeline.nextMoment > now) continue;
      const passed = passTime(timeline, now);
      changed.set(stream, passed.timeline);
      const key = stockKeyOf(stream);
      for (const step of passed.steps) {
        for (const entry of this.entriesOfStep(key, step, { position, noticedAt, index: 0 })) entries.push(entry);
      }
    }
    const inOrder = coalesced(entries).map((entry, index) => ({ ...entry, place: { ...entry.place, index } }));
    return {
      entries: inOrder,
      commit: () => {
        this.noticedAt = noticedAt;
        for (const [stream, timeline] of changed) this.cells.set(stream, timeline);
        this.nextMoment = Number.POSITIVE_INFINITY;
        for (const { nextMoment } of this.cells.values()) this.nextMoment = Math.min(this.nextMoment, nextMoment);
      },
    };
  }

  knows(stream: string): boolean {
    return this.cells.has(stream);
  }

  /** Reads a cell from its stream up to where all events have been taken, unless it is known by then. */
  async learn(stream: string, upTo: Position): Promise<void> {
    let { cell, asOf } = NO_TIMELINE;
    for await (const event of this.events.readStream(stream)) {
      if (event.position > upTo) break;
      cell = evolveCell(cell, decodeStockEvent(event), event.revision);
      asOf = Math.max(asOf, storedInstant(String(event.metadata.recordedAt)));
    }
    if (!this.cells.has(stream)) this.keep(new Map([[stream, timelineOf(cell, asOf)]]));
  }

  /** Learns the cells of another fold that are not kept here and that time alone will change. */
  adopt(other: FeedFold): void {
    const learned = new Map<string, CellTimeline>();
    for (const [stream, timeline] of other.cells) {
      if (Number.isFinite(timeline.nextMoment) && !this.cells.has(stream)) learned.set(stream, timeline);
    }
    this.keep(learned);
  }

  private *entriesOf(key: StockKey, steps: readonly CellStep[], position: Position): Generator<FeedEntry> {
    let passed = 0;
    for (const step of steps) {
      const index = step.event === undefined ? passed : FIRST_INDEX_OF_EVENT;
      for (const entry of this.entriesOfStep(key, step, { position, noticedAt: 0, index })) yield entry;
      passed = Math.min(passed + FEED_EVENT_NAMES.length, FIRST_INDEX_OF_EVENT - FEED_EVENT_NAMES.length);
    }
  }

  private *entriesOfStep(key: StockKey, step: CellStep, first: FeedPlace): Generator<FeedEntry> {
    const told = dataOf(key, step);
    for (const [offset, name] of FEED_EVENT_NAMES.entries()) {
      const data = told.get(name);
      if (data === undefined) continue;
      const place = { ...first, index: first.index + offset };
      yield { place, key, name, event: cloudEvent(this.source, key, step, name, data) };
    }
  }

  /** Reads the cells that the events go on from and that are not kept here, or not up to there. */
  private async readMissing(events: readonly RecordedEvent[]): Promise<ReadonlyMap<string, CellTimeline>> {
    const firstRevisions = new Map<string, number>();
    for (const { stream, revision } of events) if (!firstRevisions.has(stream)) firstRevisions.set(stream, revision);
    const missing = [...firstRevisions].filter(([stream, revision]) => revision > this.knownRevision(stream) + 1);
    const read = new Map<string, CellTimeline>();
    await forEachBounded(missing, READS_AT_ONCE, async ([stream, revision]) => {
      read.set(stream, await this.read(stream, revision));
    });
    return read;
  }

  private async read(stream: string, before: number): Promise<CellTimeline> {
    const known = this.cells.get(stream) ?? NO_TIMELINE;
    const from = known.cell.revision + 1;
    let { cell } = known;
    let asOf = known.asOf;
    for await (const event of this.events.readStream(stream, { from, maxCount: before - from })) {
      cell = evolveCell(cell, decodeStockEvent(event), event.revision);
      asOf = Math.max(asOf, storedInstant(String(event.metadata.recordedAt)));
    }
    return timelineOf(cell, asOf);
  }

  private knownRevision(stream: string): number {
    return this.cells.get(stream)?.cell.revision ?? -1;
  }

  private keep(changed: ReadonlyMap<string, CellTimeline>): void {
    for (const [stream, timeline] of changed) {
      // Re-inserting keeps the map in order of change.
      this.cells.delete(stream);
      this.cells.set(stream, timeline);
      this.nextMoment = Math.min(this.nextMoment, timeline.nextMoment);
    }
    for (const stream of this.cells.keys()) {
      if (this.cells.size <= this.maxCells) return;
      this.cells.delete(stream);
    }
  }
}

const NOTHING: FeedDraft = { entries: [], commit: () => {} };
