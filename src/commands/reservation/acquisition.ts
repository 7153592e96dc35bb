import type { CartHold, Shortfall } from '../../domain/reservation/process/events.js';
import { type CartLine, type CartRequest, candidatesOf } from '../../domain/reservation/process/request.js';
import {
  type Allocation,
  allocate,
  allocatedTo,
  type Demand,
  demandOf,
  openUnits,
  shortfallOf,
} from '../../domain/reservation/process/sourcing.js';
import type { LocationId, StockKey } from '../../domain/values/identifiers.js';
import { stockStream } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { StockTransactor } from '../../streams/stock-streams.js';
import type { Caller } from '../../streams/stream-kind.js';
import type { StockFigures } from './stock-figures.js';

/** Streams asked at once for one line: the nearest are the likely ones. */
const ASKED_AT_ONCE = 8;
/** Each round that fails makes a figure smaller; so many only when others buy as fast. */
const MAX_ROUNDS = 50;

export interface Acquired {
  readonly held: readonly CartHold[];
  readonly shortfalls: readonly Shortfall[];
  /** True when the time of the holds was over before they could be made. */
  readonly tooLate: boolean;
}

/** Finds and holds the units of a cart's lines, in the stock streams: what they say counts, figures only guide. */
export class Acquisition {
  private readonly figures = new Map<string, number>();
  private readonly asked = new Set<string>();
  private readonly named: ReadonlySet<string>;
  private readonly held: CartHold[] = [];
  private demands: readonly Demand[];
  private tooLate = false;

  constructor(
    private readonly stock: StockTransactor,
    private readonly source: StockFigures,
    private readonly request: CartRequest,
    private readonly caller: Caller,
    demands: readonly Demand[] = request.lines.map((line) => demandOf(line)),
  ) {
    this.demands = demands;
    this.named = new Set(request.lines.filter(isNamed).flatMap((line) => candidatesOf(line).map(at(line.sku))));
  }

  /** What to try first. */
  async firstPlan(): Promise<readonly Allocation[]> {
    const open = this.demands.filter(({ line }) => !isNamed(line));
    if (open.length > 0) {
      const hints = await this.source.hints([...new Set(open.map(({ line }) => line.sku))], this.terms);
      for (const { line, candidates } of open) {
        for (const location of candidates) this.learn({ sku: line.sku, location }, hints({ sku: line.sku, location }));
      }
    }
    return this.plan();
  }

  /**
   * Tries the holds, and others for those that are refused, until nothing more can be had.
   * @param another names further holds, and writes down that they will be tried
   */
  async run(
    planned: readonly CartHold[],
    until: Instant,
    another: (plan: readonly Allocation[], round: number) => Promise<readonly CartHold[]>,
  ): Promise<Acquired> {
    let trying = planned;
    for (let round = 1; trying.length > 0 && !this.tooLate; round += 1) {
      await Promise.all(trying.map((hold) => this.tryHold(hold, until)));
      const next = round > MAX_ROUNDS || this.tooLate ? [] : await this.plan();
      trying = next.length === 0 ? [] : await another(next, round);
    }
    const short = this.demands.filter(({ line, held }) => held < line.quantity);
    return {
      held: this.held,
      shortfalls: short.map((demand) => shortfallOf(demand, this.request, this.free)),
      tooLate: this.tooLate,
    };
  }

  private async tryHold(hold: CartHold, until: Instant): Promise<void> {
    const { channel, neededBy, ttlSeconds } = this.request;
    const { reference, quantity } = hold;
    const terms = {
      ...(channel === undefined ? {} : { channel }),
      ...(neededBy === undefined ? {} : { neededBy }),
    };
    const command = { type: 'reserve', reference, quantity, ttlSeconds, expiresAt: until, ...terms } as const;
    const outcome = await this.stock.execute(stockStream(hold), command, this.caller);
    if (outcome.status === 'rejected') {
      const { code, facts } = outcome.rejection;
      if (code === 'insufficient') this.figures.set(at(hold.sku)(hold.location), Number(facts.available));
      else this.tooLate = true;
      return;
    }
    this.held.push(hold);
    this.learn(hold, (this.free(hold) ?? 0) - quantity);
    this.demands = this.demands.map((demand) =>
      demand.line.index === hold.line ? { ...demand, held: demand.held + quantity } : demand,
    );
  }

  /** Where to get what is still open; who could not be served by what is known has the streams asked first. */
  private async plan(): Promise<readonly Allocation[]> {
    let plan = allocate(this.demands, this.request, this.free);
    for (const demand of this.demands) {
      while (allocatedTo(demand, plan) < openUnits(demand, this.request) && (await this.askMore(demand))) {
        plan = allocate(this.demands, this.request, this.free);
      }
    }
    return plan;
  }

  /** False when all streams of the demand have been asked. */
  private async askMore({ line, candidates }: Demand): Promise<boolean> {
    if (isNamed(line)) return false;
    const place = at(line.sku);
    const next = candidates.filter((location) => !this.asked.has(place(location))).slice(0, ASKED_AT_ONCE);
    const figures = await Promise.all(next.map((location) => this.source.ask(line.sku, location, this.terms)));
    for (const [index, location] of next.entries()) {
      this.asked.add(place(location));
      this.learn({ sku: line.sku, location }, figures[index]);
    }
    return next.length > 0;
  }

  private get terms() {
    return { channel: this.request.channel, at: this.request.neededBy };
  }

  private learn({ sku, location }: StockKey, units: number | undefined): void {
    if (units !== undefined) this.figures.set(at(sku)(location), units);
  }

  /** A place that a line names is asked by trying. */
  private readonly free = ({ sku, location }: StockKey): number | undefined => {
    const place = at(sku)(location);
    return this.figures.get(place) ?? (this.named.has(place) ? Number.POSITIVE_INFINITY : undefined);
  };
}

const isNamed = ({ source }: CartLine): boolean => 'location' in source;

const at =
  (sku: string) =>
  (location: LocationId): string =>
    `${sku}@${location}`;
