import { Inject } from '@nestjs/common';
import { type IQueryHandler, Query, QueryHandler } from '@nestjs/cqrs';
import { availableToPromise, promiseSchedule, type StockFigures } from '../../domain/availability/promise.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Units } from '../../domain/values/units.js';
import type { Position } from '../../ports/event-store.js';
import type { CellFigures } from './cell-view.js';
import { Cells } from './cells.js';
import { type Freshness, freshness, type LocationScope } from './cells-answer.js';
import { MS_PER_DAY, startOfDay } from './days.js';

/** One day, in UTC. */
export interface ScheduledDay {
  /** Its beginning; of today it is before now. */
  readonly startsAt: Instant;
  /** What may be promised for its end, so that every promise made for later is kept. */
  readonly available: number;
  /** Units that are due in it. */
  readonly supply: number;
  /** Held units that are needed in it. */
  readonly demand: number;
}

export interface Schedule {
  /** What may be promised now. */
  readonly available: number;
  readonly days: readonly ScheduledDay[];
  /** Expected units that no day shows: their time has passed, or nobody knows it. */
  readonly overdue: number;
}

export interface ScheduleView extends Schedule, Freshness {
  /** By name; only when detail was asked for. */
  readonly locations?: readonly (Schedule & { readonly location: LocationId })[];
}

export interface ScheduleTerms {
  readonly channel?: string | undefined;
  /** From today on. */
  readonly days: number;
  readonly detail: boolean;
}

/** A schedule by location is told of so many at most. */
export const MAX_DETAILED_LOCATIONS = 100;

/** What may be promised of a SKU day by day. A SKU that no event names is unknown, or not shown yet by a stale answer. */
export class AvailabilitySchedule extends Query<ScheduleView | 'unknown' | 'not-shown-yet' | 'too-many-locations'> {
  constructor(
    readonly sku: Sku,
    readonly scope: LocationScope,
    readonly terms: ScheduleTerms,
    readonly minPosition?: Position,
  ) {
    super();
  }
}

@QueryHandler(AvailabilitySchedule)
export class AvailabilityScheduleHandler implements IQueryHandler<AvailabilitySchedule> {
  constructor(@Inject(Cells) private readonly cells: Cells) {}

  async execute({ sku, scope, terms, minPosition }: AvailabilitySchedule) {
    const answer = await this.cells.read([sku], scope, minPosition);
    const cells = answer.items[0]?.cells;
    if (cells === undefined) return answer.stale ? 'not-shown-yet' : 'unknown';
    const total = new ScheduleSum(answer.now, terms);
    for (const { figures } of cells) total.add(figures);
    const view: ScheduleView = { ...total.schedule(), ...freshness(answer) };
    if (!terms.detail) return view;
    if (cells.length > MAX_DETAILED_LOCATIONS) return 'too-many-locations';
    return { ...view, locations: cells.map((cell) => ofLocation(cell, answer.now, terms)).sort(byName) };
  }
}

type LocationSchedule = Schedule & { readonly location: LocationId };

const ofLocation = ({ location, figures }: CellFigures, now: Instant, terms: ScheduleTerms): LocationSchedule => ({
  location,
  ...new ScheduleSum(now, terms).add(figures).schedule(),
});

const byName = (a: LocationSchedule, b: LocationSchedule): number => (a.location < b.location ? -1 : 1);

/** Adds up the schedules of locations. */
class ScheduleSum {
  private readonly firstDay: Instant;
  private readonly ends: readonly Instant[];
  private readonly available: number[];
  private readonly supply: number[];
  private readonly demand: number[];
  private availableNow = 0;
  private overdue = 0;

  constructor(
    private readonly now: Instant,
    private readonly terms: ScheduleTerms,
  ) {
    this.firstDay = startOfDay(now);
    this.ends = Array.from({ length: terms.days }, (_, day) => this.firstDay + (day + 1) * MS_PER_DAY - 1);
    [this.available, this.supply, this.demand] = [this.zeros(), this.zeros(), this.zeros()];
  }

  add(figures: StockFigures): this {
    const { now, terms } = this;
    this.availableNow += availableToPromise(figures, now, { channel: terms.channel });
    for (const [day, units] of promiseSchedule(figures, now, terms.channel, this.ends).entries()) {
      this.available[day] = (this.available[day] ?? 0) + units;
    }
    this.spread(figures.supply, this.supply);
    this.spread(figures.demand, this.demand);
    for (const [dueAt, units] of figures.supply) {
      if (dueAt <= now || !Number.isFinite(dueAt)) this.overdue += units;
    }
    return this;
  }

  schedule(): Schedule {
    const days = this.ends.map((_, day) => ({
      startsAt: this.firstDay + day * MS_PER_DAY,
      available: this.available[day] ?? 0,
      supply: this.supply[day] ?? 0,
      demand: this.demand[day] ?? 0,
    }));
    return { available: this.availableNow, days, overdue: this.overdue };
  }

  /** What lies between now and the end of the last day, each in its day. */
  private spread(units: Units<Instant>, days: number[]): void {
    for (const [at, quantity] of units) {
      const day = Math.floor((at - this.firstDay) / MS_PER_DAY);
      if (at > this.now && day < days.length) days[day] = (days[day] ?? 0) + quantity;
    }
  }

  private readonly zeros = (): number[] => new Array<number>(this.terms.days).fill(0);
}
