import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { COSTING_METHODS } from '../../src/domain/master-data/sku.js';
import { Rejected } from '../../src/domain/rejected.js';
import { encodeStockEvent } from '../../src/domain/stock/codec.js';
import type { StockCommand } from '../../src/domain/stock/commands.js';
import { stockDecider } from '../../src/domain/stock/decider.js';
import { eventKey } from '../../src/domain/stock/event-keys.js';
import { DISPOSITIONS, isMovement, type StockEvent } from '../../src/domain/stock/events.js';
import type { StockState } from '../../src/domain/stock/state.js';
import { DAMAGED_TREATMENTS, type PostingRules } from '../../src/domain/valuation/posting-rules.js';
import { eventId } from '../../src/domain/values/event-id.js';
import type { ClientId } from '../../src/domain/values/identifiers.js';
import { formatInstant } from '../../src/domain/values/instant.js';
import type { EventStore } from '../../src/ports/event-store.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { ValuationLayers } from '../../src/streams/valuation-layers.js';
import { balancesOf, postingsOf, replayUnder, worthOf } from '../projections/replay/books.js';
import { at, eventsOf } from '../projections-valuation/shop.js';

const MUG = at('MUG', 'LEEDS');

const quantity = fc.integer({ min: 1, max: 15 });
const shelf = fc.constantFrom(...DISPOSITIONS);
const earlier = fc.nat(40).map((index) => `m-${index}`);
const cents = (min: number, max: number) => fc.integer({ min, max }).map((value) => (value / 100).toFixed(2));

/** What a shop may tell, in any order of days, so that much of it is late. */
const movement = fc.oneof(
  fc.record({
    type: fc.constant('Received'),
    quantity,
    unitCost: cents(0, 999),
    currency: fc.constantFrom('GBP', 'GBP', 'GBP', 'USD'),
  }),
  fc.record({ type: fc.constant('Sold'), quantity }),
  fc.record({ type: fc.constant('Sold'), quantity }),
  fc.record({ type: fc.constant('Returned'), quantity, disposition: shelf, originalSale: earlier }),
  fc.record({ type: fc.constant('Counted'), counted: fc.nat(25), disposition: shelf }),
  fc.record({ type: fc.constant('DispositionMoved'), quantity, from: shelf, to: shelf }),
  fc.record({
    type: fc.constant('Adjusted'),
    quantity: quantity.map((units) => (units % 2 ? units : -units)),
    reason: fc.constant('correction'),
  }),
  fc.record({
    type: fc.constant('UnitCostRevised'),
    amount: cents(-900, 900),
    currency: fc.constant('GBP'),
    reason: fc.constant('freight'),
    reference: earlier,
  }),
);
const told = fc.array(fc.tuple(movement, fc.nat(20)), { minLength: 1, maxLength: 40, size: 'max' });
const rules = (version: number) =>
  fc.record({
    version: fc.constant(version),
    costing: fc.constantFrom(...COSTING_METHODS),
    damaged: fc.constantFrom(...DAMAGED_TREATMENTS),
  });

/** The events that these movements become. */
function streamOf(lines: readonly (readonly [object, number])[]): StockEvent[] {
  let state: StockState = stockDecider.initial;
  const history: StockEvent[] = [];
  lines.forEach(([fields, day], index) => {
    const fact = { ...fields, id: `m-${index}` as ClientId, occurredAt: Date.UTC(2026, 0, 1 + day, 12) };
    const command = { type: 'record-movement', movement: fact } as StockCommand;
    const events = stockDecider.decide(state, command, { now: 0, history });
    if (events instanceof Rejected) throw new Error('a fact was refused');
    for (const event of events) state = stockDecider.evolve(state, event);
    history.push(...events);
  });
  return history;
}

async function record(store: EventStore, events: readonly StockEvent[]): Promise<void> {
  const recordedAt = formatInstant(Date.UTC(2026, 3, 1, 12));
  const stored = events.filter(isMovement).map((event) => {
    const { type, data, occurredAt } = encodeStockEvent(event);
    const metadata = { schemaVersion: 1, occurredAt, recordedAt };
    return { id: eventId('stock-MUG@LEEDS', eventKey(event)), type, data, metadata };
  });
  if (stored.length > 0) await store.append('stock-MUG@LEEDS', 'any', stored);
}

/** A valuer that is at work all the time, and is told of what is recorded. */
function valuer(store: EventStore, by: PostingRules) {
  const projection = new ValuationProjection(store, { timeZone: 'Europe/London', rules: by });
  return async (events: readonly StockEvent[]): Promise<void> => {
    const known = (await eventsOf(store, 'stock-MUG@LEEDS')).length;
    await record(store, events);
    const recorded = (await eventsOf(store, 'stock-MUG@LEEDS')).slice(known);
    if (recorded.length === 0) return;
    await projection.handle({ events: recorded, position: recorded.at(-1)?.position ?? 0n, live: true });
  };
}

/** Quantity, value and cost of what is on hand, and its layers, which have to add up. */
async function onHand(store: EventStore) {
  const worth = await worthOf(store, MUG);
  if (worth === undefined) return undefined;
  const { revision } = (await eventsOf(store, 'valuation-MUG@LEEDS')).at(-1) ?? { revision: 0 };
  const loaded =
    worth.terms.method === 'fifo'
      ? await new ValuationLayers(store).load('valuation-MUG@LEEDS', revision, worth)
      : null;
  const { quantity: units, value: minor, lastCost, uncosted } = worth;
  return { units, minor, lastCost, uncosted, layers: loaded?.layers.toArray() };
}

describe('whatever a shop tells', () => {
  it('valued by some rules and replayed under others is the same as valued by the others from the start', async () => {
    await fc.assert(
      fc.asyncProperty(told, told, rules(2), rules(3), rules(4), async (first, later, old, wanted, last) => {
        const history = streamOf([...first, ...later]);
        const cut = Math.min(first.length, history.length);
        const [replayed, anew] = [new MemoryEventStore(), new MemoryEventStore()];
        const tell = valuer(replayed, old);
        await tell(history.slice(0, cut));
        await replayUnder(replayed, wanted);
        // What was never valued before goes by the settings, which somebody raises after the replay.
        const isKnown = (await eventsOf(replayed, 'valuation-MUG@LEEDS')).length > 0;
        await (isKnown ? tell : valuer(replayed, wanted))(history.slice(cut));
        await valuer(anew, wanted)(history);
        await expectSame(replayed, anew);
        // What was valued before the first replay, by it and after it, once more.
        await replayUnder(replayed, last);
        const again = new MemoryEventStore();
        await valuer(again, last)(history);
        await expectSame(replayed, again);
      }),
      { numRuns: 150 },
    );
  });
});

async function expectSame(replayed: EventStore, anew: EventStore): Promise<void> {
  const postings = await postingsOf(replayed, MUG);
  for (const { lines } of postings) expect(lines.reduce((sum, { amount }) => sum + amount, 0n)).toBe(0n);
  const refs = postings.map(({ ref }) => ref);
  expect(new Set(refs).size).toBe(refs.length);
  expect(balancesOf(postings)).toEqual(balancesOf(await postingsOf(anew, MUG)));
  expect(await onHand(replayed)).toEqual(await onHand(anew));
  const inventory = balancesOf(postings)['inventory LEEDS GBP'] ?? 0n;
  const usd = balancesOf(postings)['inventory LEEDS USD'] ?? 0n;
  expect(inventory + usd).toBe((await worthOf(replayed, MUG))?.value ?? 0n);
}
