import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { STOCK_STREAMS, stockStream } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import type { StockTransactor } from '../../streams/stock-streams.js';
import { type CellFigures, figuresOfState } from './cell-view.js';
import type { CellsAnswer, LocationScope, SkuCells } from './cells-answer.js';
import type { LocationMemory } from './location-memory.js';
import { SharedRead } from './shared-read.js';
import { within } from './within.js';

/** So many cells one call may have folded from their streams. */
const MAX_CELLS = 200;
/** And all calls together at one time. */
const MAX_CELLS_IN_FLIGHT = 2_000;
/** With the patience for the read model before it this stays below 300 ms. */
const TIMEOUT_MS = 150;
/** What was written since the locations were remembered is looked through for new ones for so long. */
const SEARCH_MS = 80;

/** Why the streams cannot answer in place of the read model. */
export class NotFromStreams extends Error {
  override readonly name = 'NotFromStreams';
}

interface Plan {
  readonly sku: Sku;
  readonly locations: readonly LocationId[];
  /** Known to exist, whatever the streams of these locations say. */
  readonly exists: boolean;
}

/**
 * Availability straight from the stock streams, for the time that the read model is away: few cells a call, and only
 * those that are known. A SKU's number is never made up from a part of its locations.
 */
export class StreamCells {
  private cellsInFlight = 0;
  private readonly head = new SharedRead(() => this.store.head(STOCK_STREAMS));

  constructor(
    private readonly streams: StockTransactor,
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly memory: LocationMemory,
  ) {}

  /** @throws NotFromStreams, EventStoreUnavailable or TimeIsUp */
  async read(skus: readonly Sku[], scope: LocationScope, minPosition: Position | undefined): Promise<CellsAnswer> {
    const plans = skus.map((sku) => this.plan(sku, scope));
    const cells = plans.reduce((sum, { locations }) => sum + locations.length, 0);
    if (cells > MAX_CELLS) throw new NotFromStreams(`${cells} streams are too many for one call`);
    if (this.cellsInFlight + cells > MAX_CELLS_IN_FLIGHT) throw new NotFromStreams('too many streams are being read');
    this.cellsInFlight += cells;
    const folding = this.fold(plans, scope, minPosition).finally(() => {
      this.cellsInFlight -= cells;
    });
    return within(TIMEOUT_MS, folding);
  }

  private plan(sku: Sku, { only, maySee }: LocationScope): Plan {
    const known = this.memory.get(sku);
    const seen = known?.locations.filter(maySee) ?? [];
    const locations = only === undefined ? seen : [...only].filter(maySee);
    if (only === undefined && seen.length === 0) throw new NotFromStreams(`where ${sku} is kept is not known here`);
    return { sku, locations, exists: seen.length > 0 };
  }

  private async fold(
    plans: readonly Plan[],
    scope: LocationScope,
    minPosition: Position | undefined,
  ): Promise<CellsAnswer> {
    const now = this.clock.now();
    // Everything up to here is in the streams when they are read after it.
    const head = await this.head.begunNow();
    const items = await Promise.all(plans.map((plan) => this.item(plan, now)));
    const live = { items, unknown: [], position: head, asOf: now, now, source: 'streams', stale: false };
    if (scope.only !== undefined) return live;
    const known = plans.flatMap(({ sku }) => this.memory.get(sku) ?? []);
    const oldest = known.reduce((least, one) => (one.position < least.position ? one : least));
    if (oldest.position >= head) return live;
    // A location may have come since, and where it is would count: that is looked for only when the caller must know.
    const reached = minPosition === undefined || oldest.position >= minPosition;
    if (!reached && (await this.nothingNew(plans, oldest.position))) return live;
    return { ...live, position: oldest.position, asOf: oldest.asOf, stale: !reached };
  }

  private async item({ sku, locations, exists }: Plan, now: Instant): Promise<SkuCells> {
    const cells = await Promise.all(locations.map((location) => this.cell(sku, location, now)));
    const there = cells.filter((cell) => cell !== undefined);
    if (there.length === 0 && !exists) throw new NotFromStreams(`whether ${sku} exists is not known here`);
    return { sku, cells: there };
  }

  private cell(sku: Sku, location: LocationId, now: Instant): Promise<CellFigures | undefined> {
    return this.streams.read(stockStream({ sku, location }), ({ state, revision }) =>
      revision === -1 ? undefined : figuresOfState(location, state, revision, now),
    );
  }

  /** Whether no other location has come to these SKUs since; false also when that cannot be said in time. */
  private async nothingNew(plans: readonly Plan[], since: Position): Promise<boolean> {
    const known = new Set(
      plans.flatMap(({ sku, locations }) => locations.map((one) => stockStream({ sku, location: one }))),
    );
    const search = async () => {
      const streamPrefixes = plans.map(({ sku }) => `stock-${sku}@`);
      for await (const { stream } of this.store.readAll({ after: since, streamPrefixes })) {
        if (!known.has(stream)) return false;
      }
      return true;
    };
    return within(SEARCH_MS, search()).catch(() => false);
  }
}
