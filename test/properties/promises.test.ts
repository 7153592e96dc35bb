import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { availableAt, evolveCell, figuresAt, inboundOf, NO_CELL } from '../../src/domain/availability/cell.js';
import { promiseSchedule } from '../../src/domain/availability/promise.js';
import { decodeStockEvent } from '../../src/domain/stock/codec.js';
import type { ReportedMovement, StockCommand } from '../../src/domain/stock/commands.js';
import { stateAt } from '../../src/domain/stock/decide.js';
import { DISPOSITIONS, isMovement } from '../../src/domain/stock/events.js';
import { figuresOf } from '../../src/domain/stock/state.js';
import type { RecordedEvent } from '../../src/ports/event-store.js';
import { StockTransactor, stockStreams } from '../../src/streams/stock-streams.js';
import { FixedClock } from '../support/fixed-clock.js';
import { at, id } from '../support/given-stock.js';
import { holds, promise, shelf, supplies } from './naive-stock.js';

const STREAM = 'stock-MUG@STORE-A';
const START = at('12:00');
const HOUR_MS = 3_600_000;
const CHANNELS = [undefined, 'web', 'shop'] as const;

/** Something that somebody asks of one of two instances, or time that passes. */
interface Step {
  readonly instance: 0 | 1;
  readonly command?: StockCommand;
  readonly passMs?: number;
}

const small = fc.integer({ min: 1, max: 12 });
const reference = fc.integer({ min: 1, max: 6 }).map((n) => id(`cart-${n}`));
const channel = fc.constantFrom(...CHANNELS);
const hours = fc.integer({ min: -3, max: 72 });
const given = <Value>(field: string, value: Value | undefined): object =>
  value === undefined ? {} : { [field]: value };

/** Facts: ids repeat, so that the same id comes twice, now with the same content and now with another. */
const movement: fc.Arbitrary<ReportedMovement> = fc
  .tuple(
    fc.integer({ min: 1, max: 12 }).map((n) => id(`fact-${n}`)),
    hours.map((n) => START - 24 * HOUR_MS + n * HOUR_MS),
    small,
    fc.constantFrom('Received', 'Received', 'Sold', 'Adjusted', 'Counted', 'Returned', 'DispositionMoved', 'Arrived'),
    fc.constantFrom(...DISPOSITIONS),
    fc.option(
      fc.integer({ min: 1, max: 3 }).map((n) => id(`po-${n}`)),
      { nil: undefined },
    ),
  )
  .map(([factId, occurredAt, quantity, type, disposition, supplyId]) => {
    const fact = { id: factId, occurredAt };
    switch (type) {
      case 'Received':
        return { type, ...fact, quantity, unitCost: '1.00', currency: 'EUR', ...given('supplyId', supplyId) };
      case 'Counted':
        return { type, ...fact, counted: quantity, disposition };
      case 'Returned':
        return { type, ...fact, quantity, disposition };
      case 'DispositionMoved':
        return { type, ...fact, quantity, from: disposition, to: disposition === 'sellable' ? 'damaged' : 'sellable' };
      case 'Arrived':
        return { type, ...fact, quantity, disposition, transferId: id('t-1'), from: 'WAREHOUSE' };
      case 'Adjusted':
        return { type, ...fact, quantity: -quantity, reason: 'loss' };
      default:
        return { type: 'Sold', ...fact, quantity };
    }
  }) as fc.Arbitrary<ReportedMovement>;

const changeId = fc.uuid();
const command: fc.Arbitrary<StockCommand> = fc.oneof(
  movement.map((fact): StockCommand => ({ type: 'record-movement', movement: fact })),
  fc.tuple(reference, small, fc.integer({ min: 1, max: 90 }), channel, fc.option(hours, { nil: undefined })).map(
    ([name, quantity, ttlSeconds, forChannel, inHours]): StockCommand => ({
      type: 'reserve',
      reference: name,
      quantity,
      ttlSeconds,
      ...given('channel', forChannel),
      ...given('neededBy', inHours === undefined ? undefined : START + inHours * HOUR_MS),
    }),
  ),
  reference.map((name): StockCommand => ({ type: 'confirm-hold', reference: name })),
  reference.map((name): StockCommand => ({ type: 'cancel-hold', reference: name })),
  fc
    .tuple(reference, fc.integer({ min: 1, max: 2 }), fc.integer({ min: 1, max: 90 }))
    .map(
      ([name, n, ttlSeconds]): StockCommand => ({ type: 'extend-hold', reference: name, id: id(`x${n}`), ttlSeconds }),
    ),
  fc.tuple(reference, fc.integer({ min: 1, max: 3 }), fc.option(small, { nil: undefined })).map(
    ([name, n, quantity]): StockCommand => ({
      type: 'fulfil-hold',
      id: id(`pick-${n}`),
      reference: name,
      reservationId: `r-${name}`,
      ...given('quantity', quantity),
    }),
  ),
  fc.tuple(changeId, fc.integer({ min: 1, max: 3 }), small, fc.option(hours)).map(
    ([change, n, quantity, inHours]): StockCommand => ({
      type: 'expect-supply',
      changeId: change,
      supplyId: id(`po-${n}`),
      quantity,
      dueAt: inHours === null ? null : START + inHours * HOUR_MS,
    }),
  ),
  fc
    .tuple(changeId, fc.integer({ min: 1, max: 3 }))
    .map(([change, n]): StockCommand => ({ type: 'cancel-supply', changeId: change, supplyId: id(`po-${n}`) })),
  fc
    .tuple(changeId, fc.option(fc.nat(4), { nil: undefined }), fc.dictionary(fc.constantFrom('web', 'shop'), fc.nat(5)))
    .map(
      ([change, safetyStock, protections]): StockCommand => ({
        type: 'set-policy',
        changeId: change,
        ...given('safetyStock', safetyStock),
        protections: new Map(Object.entries(protections)),
      }),
    ),
);

const instance = fc.constantFrom<0 | 1>(0, 1);
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ instance, command }) },
  { weight: 1, arbitrary: fc.record({ instance, passMs: fc.integer({ min: 1, max: 60_000 }) }) },
);
/** Steps of one inner list are sent at once. */
const story = fc.array(fc.array(step, { minLength: 1, maxLength: 4 }), { maxLength: 25 });
const skewMs = fc.constantFrom(0, 30_000);

/** Lets two instances on one store live through a story, everything sent twice now and then by the story itself. */
async function live(steps: readonly (readonly Step[])[], skew: number) {
  const store = new MemoryEventStore();
  const clocks = [new FixedClock(START), new FixedClock(START + skew)] as const;
  const instances = clocks.map((clock) => new StockTransactor(stockStreams, store, clock, { soleWriter: false }));
  for (const atOnce of steps) {
    const sent = atOnce.map(async ({ instance: which, command: asked, passMs = 0 }) => {
      for (const clock of clocks) clock.set(clock.now() + passMs);
      if (asked === undefined) return;
      await instances[which]?.execute(STREAM, asked, { actor: 'test', correlationId: 'test' });
    });
    await Promise.all(sent);
  }
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(STREAM)) events.push(event);
  return { events, now: clocks[0].now() };
}

const cellOf = (events: readonly RecordedEvent[]) =>
  events.reduce((cell, event) => evolveCell(cell, decodeStockEvent(event), event.revision), NO_CELL);

const stateOf = (events: readonly RecordedEvent[]) =>
  events.reduce(
    (state, event) => stockStreams.decider.evolve(state, decodeStockEvent(event)),
    stockStreams.decider.initial,
  );

describe('whatever is asked, in whatever order, of whichever instance', () => {
  it('accepts no more than might be promised at that prefix, for now and for every later date', async () => {
    await fc.assert(
      fc.asyncProperty(story, skewMs, async (steps, skew) => {
        const { events } = await live(steps, skew);
        for (const [index, event] of events.entries()) {
          if (event.type !== 'Reserved') continue;
          const {
            quantity,
            channel: forChannel,
            neededBy,
          } = decodeStockEvent(event) as never as {
            quantity: number;
            channel?: string;
            neededBy?: number;
          };
          const decidedAt = Date.parse(String(event.metadata.occurredAt));
          const before = events.slice(0, index);
          // Whoever counts a hold as expired has written so before: no clock is needed to see what is held.
          const might = promise(before, holds(before), decidedAt, { channel: forChannel, at: neededBy });
          expect(quantity).toBeLessThanOrEqual(might);
        }
      }),
      { numRuns: 1_000 },
    );
  });

  it('answers what the naive model says, at any time, for any channel and date; folding state or cell', async () => {
    await fc.assert(
      fc.asyncProperty(story, fc.nat(100_000), hours, channel, async (steps, laterMs, inHours, forChannel) => {
        const { events, now: ended } = await live(steps, 0);
        const now = ended + laterMs;
        const at = now + inHours * HOUR_MS;
        const cell = cellOf(events);
        const naive = (terms: { channel?: string | undefined; at?: number }) =>
          promise(events, holds(events, now), now, terms);
        expect(availableAt(cell, now)).toBe(naive({}));
        expect(availableAt(cell, now, { channel: forChannel, at })).toBe(naive({ channel: forChannel, at }));
        const days = [0, 1, 2, 3].map((day) => now + day * 24 * HOUR_MS);
        const schedule = promiseSchedule(figuresAt(cell, now), now, forChannel, days);
        expect(schedule).toEqual(days.map((day) => naive({ channel: forChannel, at: day })));
        const figures = figuresOf(stateAt(stateOf(events), now));
        expect(figuresAt(cell, now).held).toBe(figures.held);
        expect(figures.supply.toObject()).toEqual(cell.supply.toObject());
        expect(inboundOf(cell)).toBe(supplies(events).reduce((sum, { open }) => sum + open, 0));
        for (const disposition of DISPOSITIONS) expect(cell.onHand[disposition]).toBe(shelf(events, disposition));
      }),
      { numRuns: 1_000 },
    );
  });

  it('gives the same stock for the same facts in any order, with any duplicates, counts included', async () => {
    const facts = fc.uniqueArray(movement, { selector: (fact) => fact.id, maxLength: 10 });
    const orders = facts.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray([...all, ...all], { minLength: all.length * 2 })),
    );
    const recording = (fact: ReportedMovement): Step => ({
      instance: 0,
      command: { type: 'record-movement', movement: fact },
    });
    await fc.assert(
      fc.asyncProperty(orders, async ([all, shuffled]) => {
        const one = cellOf((await live([all.map(recording)], 0)).events);
        const other = cellOf(
          (
            await live(
              shuffled.map((fact) => [recording(fact)]),
              0,
            )
          ).events,
        );
        expect(other.onHand).toEqual(one.onHand);
        expect(other.supply.toObject()).toEqual(one.supply.toObject());
      }),
      { numRuns: 1_000 },
    );
  });

  it('keeps every promise that no fact has broken: what was held at once can be handed over at once', async () => {
    await fc.assert(
      fc.asyncProperty(story, skewMs, async (steps, skew) => {
        const { events } = await live(steps, skew);
        for (let length = 1; length <= events.length; length += 1) {
          const last = events[length - 1];
          if (last === undefined || isMovement(decodeStockEvent(last)) || last.type !== 'Reserved') continue;
          const { neededBy } = last.data;
          const prefix = events.slice(0, length);
          const held = holds(prefix).filter((hold) => hold.neededBy === null);
          const units = held.reduce((sum, { quantity }) => sum + quantity, 0);
          if (neededBy === undefined) expect(units).toBeLessThanOrEqual(shelf(prefix, 'sellable'));
        }
      }),
      { numRuns: 1_000 },
    );
  });
});
