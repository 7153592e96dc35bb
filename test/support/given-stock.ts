import { expect } from 'vitest';
import { availableToPromise } from '../../src/domain/availability/promise.js';
import { Rejected } from '../../src/domain/rejected.js';
import type { ReportedMovement, StockCommand } from '../../src/domain/stock/commands.js';
import { stateAt } from '../../src/domain/stock/decide.js';
import { stockDecider } from '../../src/domain/stock/decider.js';
import type { StockEvent } from '../../src/domain/stock/events.js';
import { figuresOf } from '../../src/domain/stock/state.js';
import type { ClientId, LocationId } from '../../src/domain/values/identifiers.js';
import { storedInstant } from '../../src/domain/values/instant.js';
import { sumOf } from '../../src/domain/values/units.js';

export const id = (text: string): ClientId => text as ClientId;

/** A time of the test's day: `at('09:30')`. */
export const at = (time: string): number => storedInstant(`2026-11-20T${time.length === 5 ? `${time}:00` : time}Z`);

/** Lets the stock stream decide commands one after the other, as the mailbox does. */
export class StockStory {
  readonly events: StockEvent[] = [];
  private state = stockDecider.initial;
  private now = at('12:00');

  /** What has been recorded before. */
  given(...reports: (ReportedMovement | StockCommand)[]): this {
    for (const report of reports) this.decide(report);
    return this;
  }

  /** It is now this time. */
  clock(time: string): this {
    this.now = at(time);
    return this;
  }

  /** Decides, and records the events if there are any. */
  decide(report: ReportedMovement | StockCommand): readonly StockEvent[] | Rejected {
    const command: StockCommand = isCommand(report) ? report : { type: 'record-movement', movement: report };
    const due = stockDecider.due(this.state, this.now, 1_000);
    const before = due.reduce(stockDecider.evolve, this.state);
    const history = stockDecider.needsHistory(before, command) ? { history: this.events } : {};
    const decision = stockDecider.decide(before, command, { now: this.now, ...history });
    if (decision instanceof Rejected || decision.length === 0) return decision;
    this.events.push(...due, ...decision);
    this.state = decision.reduce(stockDecider.evolve, before);
    return [...due, ...decision];
  }

  when(report: ReportedMovement | StockCommand): {
    records(...events: object[]): StockStory;
    refuses(code: string, facts?: object): StockStory;
  } {
    const decision = this.decide(report);
    return {
      records: (...events) => {
        expect(decision).toMatchObject(events);
        expect(decision).toHaveLength(events.length);
        return this;
      },
      refuses: (code, facts = {}) => {
        expect(decision).toBeInstanceOf(Rejected);
        expect(decision).toMatchObject({ code, facts });
        return this;
      },
    };
  }

  get onHand() {
    return this.state.onHand;
  }

  /** What a caller may be promised now, or for a time of the day. */
  available(terms: { channel?: string; at?: string } = {}): number {
    const { channel, at: time } = terms;
    const figures = figuresOf(stateAt(this.state, this.now));
    return availableToPromise(figures, this.now, { channel, at: time === undefined ? undefined : at(time) });
  }

  /** Units expected and not here yet. */
  get expected(): number {
    return sumOf(this.state.supplies.open);
  }

  get held(): number {
    return this.state.holds.quantity;
  }
}

/** Movements are named like their events, commands like orders. */
const isCommand = (report: ReportedMovement | StockCommand): report is StockCommand => /^[a-z]/.test(report.type);

type Options<T extends ReportedMovement['type']> = Partial<Extract<ReportedMovement, { type: T }>>;
let counter = 0;
const fact = (time: string) => ({ id: id(`m-${++counter}`), occurredAt: at(time) });

export const receipt = (quantity: number, time = '08:00', more: Options<'Received'> = {}): ReportedMovement => ({
  type: 'Received',
  ...fact(time),
  quantity,
  unitCost: '2.50',
  currency: 'GBP',
  ...more,
});
export const sale = (quantity: number, time = '10:00', more: Options<'Sold'> = {}): ReportedMovement => ({
  type: 'Sold',
  ...fact(time),
  quantity,
  ...more,
});
export const returned = (quantity: number, time = '11:00', more: Options<'Returned'> = {}): ReportedMovement => ({
  type: 'Returned',
  ...fact(time),
  quantity,
  disposition: 'sellable',
  ...more,
});
export const adjustment = (quantity: number, time = '11:00', more: Options<'Adjusted'> = {}): ReportedMovement => ({
  type: 'Adjusted',
  ...fact(time),
  quantity,
  reason: 'damage',
  ...more,
});
export const count = (
  counted: number,
  time = '11:00',
  more: Partial<{ id: ClientId; disposition: 'sellable' | 'quarantine' | 'damaged' }> = {},
): ReportedMovement => ({
  type: 'Counted',
  ...fact(time),
  counted,
  disposition: 'sellable',
  ...more,
});
export const moved = (
  quantity: number,
  from: 'sellable' | 'quarantine' | 'damaged',
  to: 'sellable' | 'quarantine' | 'damaged',
  time = '11:00',
): ReportedMovement => ({
  type: 'DispositionMoved',
  ...fact(time),
  quantity,
  from,
  to,
});

export const reserve = (
  reference: string,
  quantity: number,
  ttlSeconds = 600,
  terms: { channel?: string; neededBy?: string } = {},
): StockCommand => ({
  type: 'reserve',
  reference: id(reference),
  quantity,
  ttlSeconds,
  ...(terms.channel === undefined ? {} : { channel: terms.channel }),
  ...(terms.neededBy === undefined ? {} : { neededBy: at(terms.neededBy) }),
});
export const confirm = (reference: string): StockCommand => ({ type: 'confirm-hold', reference: id(reference) });
export const cancel = (reference: string): StockCommand => ({ type: 'cancel-hold', reference: id(reference) });
export const fulfil = (reference: string, fulfilmentId: string, quantity?: number): StockCommand => ({
  type: 'fulfil-hold',
  id: id(fulfilmentId),
  reference: id(reference),
  reservationId: `r-${reference}`,
  ...(quantity === undefined ? {} : { quantity }),
});
export const extend = (reference: string, extensionId: string, ttlSeconds: number): StockCommand => ({
  type: 'extend-hold',
  id: id(extensionId),
  reference: id(reference),
  ttlSeconds,
});

let changes = 0;
const change = () => ({ changeId: `change-${++changes}` });

/** `dueAt` is a time of the test's day; unknown when left out. */
export const expectSupply = (supplyId: string, quantity: number, dueAt?: string): StockCommand => ({
  type: 'expect-supply',
  ...change(),
  supplyId: id(supplyId),
  quantity,
  dueAt: dueAt === undefined ? null : at(dueAt),
});
export const cancelSupply = (supplyId: string): StockCommand => ({
  type: 'cancel-supply',
  ...change(),
  supplyId: id(supplyId),
});
export const policy = (
  rules: { safetyStock?: number; lowStockThreshold?: number; protections?: Record<string, number> } = {},
): StockCommand => {
  const { protections, ...others } = rules;
  return {
    type: 'set-policy',
    ...change(),
    ...others,
    ...(protections === undefined ? {} : { protections: new Map(Object.entries(protections)) }),
  };
};
export const dispatched = (quantity: number, time = '11:00', transferId = 'transfer-1'): ReportedMovement => ({
  type: 'Dispatched',
  ...fact(time),
  quantity,
  transferId: id(transferId),
  to: 'STORE-B' as LocationId,
});
export const arrived = (quantity: number, time = '11:00', transferId = 'transfer-1'): ReportedMovement => ({
  type: 'Arrived',
  ...fact(time),
  quantity,
  disposition: 'sellable',
  transferId: id(transferId),
  from: 'STORE-A' as LocationId,
});
