import { evolveCell, figuresAt, inboundOf, NO_CELL, type StockCell } from '../../domain/availability/cell.js';
import { availableToPromise, protectedFrom } from '../../domain/availability/promise.js';
import type { StockEvent } from '../../domain/stock/events.js';
import type { Instant } from '../../domain/values/instant.js';

/** What a caller of no channel sees of one SKU at one location at an instant. */
export interface CellNumbers {
  readonly available: number;
  readonly onHand: number;
  readonly reserved: number;
  readonly safetyStock: number;
  readonly protected: number;
  readonly quarantine: number;
  readonly damaged: number;
  readonly inbound: number;
}

/** A cell that has been followed through its events and through time. Never changed once made. */
export interface CellTimeline {
  readonly cell: StockCell;
  /** All that time alone changes has been told up to this instant; `numbers` are as of it. */
  readonly asOf: Instant;
  readonly numbers: CellNumbers;
  /** Before this instant time alone changes nothing. A bound: when it comes, there may be nothing to tell. */
  readonly nextMoment: Instant;
}

/** One change of a cell: by an event, or at a moment at which a hold ended or an expectation fell due. */
export interface CellStep {
  readonly revision: number;
  readonly at: Instant;
  /** Undefined when only time has passed. */
  readonly event?: StockEvent;
  readonly before: CellNumbers;
  readonly after: CellNumbers;
  /** Whether stock counted as low before and after. */
  readonly wasLow: boolean;
  readonly isLow: boolean;
  /** Stock counts as low at or below it; 0 when nobody wants to know. */
  readonly lowStockThreshold: number;
}

export interface Followed {
  readonly timeline: CellTimeline;
  readonly steps: readonly CellStep[];
}

export const NO_TIMELINE: CellTimeline = timelineOf(NO_CELL, Number.NEGATIVE_INFINITY);

/** A cell as read, with nothing to tell of what came before. */
export function timelineOf(cell: StockCell, asOf: Instant): CellTimeline {
  return { cell, asOf, numbers: numbersAt(cell, asOf), nextMoment: momentAfter(cell, asOf) };
}

/**
 * Follows a cell through one event. What time alone changed before the event was recorded comes first, so that the
 * steps depend on the stream only, not on when anybody looked.
 */
export function takeEvent(from: CellTimeline, event: StockEvent, revision: number, recordedAt: Instant): Followed {
  const { timeline, steps } = passTime(from, recordedAt);
  const at = Math.max(recordedAt, timeline.asOf);
  const cell = evolveCell(timeline.cell, event, revision);
  const after = numbersAt(cell, at);
  const next: CellTimeline = {
    cell,
    asOf: at,
    numbers: after,
    nextMoment: Math.min(timeline.nextMoment, ...momentsOf(event).filter((moment) => moment > at)),
  };
  return { timeline: next, steps: [...steps, stepOf(timeline, next, at, event)] };
}

/** Follows a cell to an instant at which no event happens. */
export function passTime(from: CellTimeline, until: Instant): Followed {
  if (until < from.nextMoment) return { timeline: from, steps: [] };
  const steps: CellStep[] = [];
  let timeline = from;
  while (timeline.nextMoment <= until) {
    const at = timeline.nextMoment;
    const next = timelineOf(timeline.cell, at);
    if (!sameNumbers(timeline.numbers, next.numbers)) steps.push(stepOf(timeline, next, at));
    timeline = next;
  }
  return { timeline, steps };
}

export const sameNumbers = (one: CellNumbers, other: CellNumbers): boolean =>
  one.available === other.available &&
  one.onHand === other.onHand &&
  one.reserved === other.reserved &&
  one.safetyStock === other.safetyStock &&
  one.protected === other.protected &&
  one.quarantine === other.quarantine &&
  one.damaged === other.damaged &&
  one.inbound === other.inbound;

function stepOf(from: CellTimeline, to: CellTimeline, at: Instant, event?: StockEvent): CellStep {
  return {
    revision: to.cell.revision,
    at,
    ...(event === undefined ? {} : { event }),
    before: from.numbers,
    after: to.numbers,
    wasLow: isLow(from),
    isLow: isLow(to),
    lowStockThreshold: to.cell.policy.lowStockThreshold,
  };
}

const isLow = ({ cell, numbers }: CellTimeline): boolean =>
  cell.policy.lowStockThreshold > 0 && numbers.available <= cell.policy.lowStockThreshold;

function numbersAt(cell: StockCell, now: Instant): CellNumbers {
  const figures = figuresAt(cell, now);
  return {
    available: availableToPromise(figures, now, {}),
    onHand: cell.onHand.sellable,
    reserved: figures.held,
    safetyStock: figures.safetyStock,
    protected: protectedFrom(figures, undefined),
    quarantine: cell.onHand.quarantine,
    damaged: cell.onHand.damaged,
    inbound: inboundOf(cell),
  };
}

/** The first instant after this one at which time alone may change the numbers. */
function momentAfter(cell: StockCell, after: Instant): Instant {
  let first = Number.POSITIVE_INFINITY;
  const look = (moment: Instant | null | undefined) => {
    if (typeof moment === 'number' && moment > after && moment < first) first = moment;
  };
  for (const { expiresAt, neededBy } of cell.held.values()) {
    look(expiresAt);
    look(neededBy);
  }
  for (const dueAt of cell.supply.keys()) look(dueAt);
  return first;
}

/** The instants that an event brings with it. */
function momentsOf(event: StockEvent): Instant[] {
  const moments: unknown[] = [];
  if ('expiresAt' in event) moments.push(event.expiresAt);
  if ('neededBy' in event) moments.push(event.neededBy);
  if ('dueAt' in event) moments.push(event.dueAt);
  if ('extension' in event) moments.push(event.extension?.until);
  return moments.filter((moment) => typeof moment === 'number');
}
