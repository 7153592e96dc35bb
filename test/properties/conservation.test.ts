import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { COSTING_METHODS, type CostingMethod } from '../../src/domain/master-data/sku.js';
import type { ReportedMovement } from '../../src/domain/stock/commands.js';
import { DISPOSITIONS } from '../../src/domain/stock/events.js';
import { decodeValued } from '../../src/domain/valuation/codec.js';
import type { JournalLine, Valued } from '../../src/domain/valuation/events.js';
import { DAMAGED_TREATMENTS, type PostingRules } from '../../src/domain/valuation/posting-rules.js';
import type { ClientId } from '../../src/domain/values/identifiers.js';
import type { EventStore, RecordedEvent } from '../../src/ports/event-store.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { ValuationLayers } from '../../src/streams/valuation-layers.js';
import { at } from '../projections-valuation/shop.js';
import { TransferDesk } from '../support/transfer-desk.js';

const PLACES = ['DEPOT', 'STORE'] as const;
const SKU = 'MUG';
const TRANSFERS = 3;

const place = fc.constantFrom(...PLACES);
const quantity = fc.integer({ min: 1, max: 15 });
const day = fc.nat(20);
const shelf = fc.constantFrom(...DISPOSITIONS);
const unitCost = fc.integer({ min: 0, max: 9_999 }).map((value) => (value / 1_000).toFixed(3));
const amount = fc.integer({ min: -900, max: 900 }).map((cents) => (cents / 100).toFixed(2));
/** A movement told before this one, or one that nobody ever told of. */
const earlier = fc.nat(30).map((index) => `m-${index}`);
const order = fc.constantFrom('po-1', 'po-2');

/** What happens, in the order of telling; the day is drawn apart from it, so that much of it comes late. */
const movement = fc.oneof(
  fc.record({
    type: fc.constant('Received' as const),
    quantity,
    unitCost,
    currency: fc.constant('GBP'),
    purchaseOrder: order,
  }),
  fc.record({ type: fc.constant('Sold' as const), quantity }),
  fc.record({ type: fc.constant('Sold' as const), quantity }),
  fc.record({ type: fc.constant('Returned' as const), quantity, disposition: shelf, originalSale: earlier }),
  fc.record({ type: fc.constant('Counted' as const), counted: fc.nat(25), disposition: shelf }),
  fc.record({ type: fc.constant('DispositionMoved' as const), quantity, from: shelf, to: shelf }),
  fc.record({
    type: fc.constant('Adjusted' as const),
    quantity: quantity.map((units) => (units % 2 ? units : -units)),
    reason: fc.constant('correction' as const),
  }),
  fc.record({
    type: fc.constant('UnitCostRevised' as const),
    amount,
    currency: fc.constant('GBP'),
    reason: fc.constant('freight'),
    reference: fc.oneof(earlier, order),
  }),
);
const step = fc.oneof(
  { weight: 8, arbitrary: fc.record({ what: fc.constant('movement' as const), place, day, movement }) },
  { weight: 1, arbitrary: fc.record({ what: fc.constant('again' as const), nth: fc.nat(30) }) },
  {
    weight: 1,
    arbitrary: fc.record({ what: fc.constant('dispatch' as const), transfer: transfer(), place, quantity }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      what: fc.constant('arrival' as const),
      transfer: transfer(),
      quantity,
      closes: fc.boolean(),
      disposition: shelf,
    }),
  },
);
type Step = typeof step extends fc.Arbitrary<infer Drawn> ? Drawn : never;
const steps = fc.array(step, { maxLength: 45, size: 'max' });

function transfer() {
  return fc.nat(TRANSFERS);
}

const onDay = (number: number): number => Date.UTC(2026, 0, 1 + number, 12);

async function happen(store: EventStore, all: readonly Step[]): Promise<void> {
  const desk = new TransferDesk(store, { now: () => onDay(25) });
  const told: (readonly [(typeof PLACES)[number], ReportedMovement])[] = [];
  for (const [index, each] of all.entries()) {
    if (each.what === 'movement') {
      const fact = { ...each.movement, id: `m-${index}` as ClientId, occurredAt: onDay(each.day) } as ReportedMovement;
      told.push([each.place, fact]);
      await desk.record(at(SKU, each.place), fact);
    } else if (each.what === 'again') {
      const [where, fact] = told[each.nth] ?? [];
      if (where !== undefined && fact !== undefined) await desk.record(at(SKU, where), fact);
    } else await carry(store, desk, each, index);
  }
}

async function carry(
  store: EventStore,
  desk: TransferDesk,
  each: Extract<Step, { what: 'dispatch' | 'arrival' }>,
  index: number,
): Promise<void> {
  const id = `t-${each.transfer}`;
  const isKnown = (await store.head([`transfer-${id}`])) > 0n;
  const units = { [SKU]: each.quantity };
  if (each.what === 'dispatch' && !isKnown) {
    await desk.dispatch(id, each.place, each.place === 'DEPOT' ? 'STORE' : 'DEPOT', units);
  } else if (each.what === 'arrival' && isKnown) {
    await desk.receive(id, `r-${index}`, units, { closes: each.closes, disposition: each.disposition });
  }
}

async function valueAll(store: EventStore, rules: PostingRules, batch: number): Promise<void> {
  const projection = new ValuationProjection(store, { timeZone: 'Europe/London', rules });
  await projection.start();
  const events = await collect(store.readAll({ streamPrefixes: projection.streamPrefixes }));
  for (let next = 0; next < events.length; next += batch) {
    const part = events.slice(next, next + batch);
    await projection.handle({ events: part, position: part.at(-1)?.position ?? 0n, live: true });
  }
}

async function collect(events: AsyncIterable<RecordedEvent>): Promise<RecordedEvent[]> {
  const all: RecordedEvent[] = [];
  for await (const event of events) all.push(event);
  return all;
}

const valuationEvents = (store: EventStore) => collect(store.readAll({ streamPrefixes: ['valuation-'] }));

const linesOf = ({ postings }: Valued): readonly JournalLine[] => postings.flatMap(({ lines }) => lines);
const sumOf = (lines: readonly JournalLine[]): bigint => lines.reduce((sum, { amount: each }) => sum + each, 0n);

const rulesFor = (costing: CostingMethod) =>
  fc.constantFrom(...DAMAGED_TREATMENTS).map((damaged): PostingRules => ({ version: 2, costing, damaged }));

const checked = (costing: CostingMethod, property: (store: MemoryEventStore, rules: PostingRules) => Promise<void>) =>
  fc.assert(
    fc.asyncProperty(steps, rulesFor(costing), fc.integer({ min: 1, max: 40 }), async (all, rules, batch) => {
      const store = new MemoryEventStore();
      await happen(store, all);
      await valueAll(store, rules, batch);
      await property(store, rules);
    }),
    { numRuns: 150 },
  );

describe.each(COSTING_METHODS)('whatever happens, valued by %s', (costing) => {
  it('value in is value out, on hand and in transit, at every moment and to the minor unit', () =>
    checked(costing, async (store) => {
      const onHand = new Map<string, bigint>();
      let transit = 0n;
      let passed = 0n;
      let inventory = 0n;
      for (const { stream, data } of await valuationEvents(store)) {
        const valued = decodeValued(data);
        const lines = linesOf(valued);
        for (const posting of valued.postings) expect(sumOf(posting.lines)).toBe(0n);
        expect(valued.valueChange).toBe(valued.after.value - (onHand.get(stream) ?? 0n));
        onHand.set(stream, valued.after.value);
        inventory += sumOf(lines.filter(({ role }) => role === 'inventory'));
        transit += sumOf(lines.filter(({ role }) => role === 'in-transit'));
        passed -= sumOf(lines.filter(({ role }) => role !== 'in-transit' && role !== 'inventory'));
        const worth = [...onHand.values()].reduce((sum, each) => sum + each, 0n);
        expect(inventory).toBe(worth);
        expect(passed).toBe(worth + transit);
      }
    }));

  it('what lies in transit came from a dispatch and has neither come nor been given up', () =>
    checked(costing, async (store) => {
      const carried = new Map<string, { dispatched: bigint; left: bigint }>();
      for (const { data } of await valuationEvents(store)) {
        const valued = decodeValued(data);
        const [, id = ''] = /^transfer\/([^/]+)/.exec(valued.source.movementId) ?? [];
        const known = carried.get(id) ?? { dispatched: 0n, left: 0n };
        const moved = sumOf(linesOf(valued).filter(({ role }) => role === 'in-transit'));
        const dispatched = known.dispatched + (valued.source.type === 'Dispatched' ? moved : 0n);
        carried.set(id, { dispatched, left: known.left + moved });
      }
      expect(carried.get('') ?? { dispatched: 0n, left: 0n }).toEqual({ dispatched: 0n, left: 0n });
      for (const { dispatched, left } of carried.values()) {
        expect(left).toBeGreaterThanOrEqual(0n);
        expect(left).toBeLessThanOrEqual(dispatched);
      }
    }));

  it('value never has another sign than quantity, and nothing is worth nothing', () =>
    checked(costing, async (store) => {
      for (const { data } of await valuationEvents(store)) {
        const { quantity: units, value } = decodeValued(data).after;
        if (units === 0) expect(value).toBe(0n);
        expect(BigInt(Math.sign(units)) * value).toBeGreaterThanOrEqual(0n);
      }
    }));

  it('a replay gives identical bytes, in batches of any size', () =>
    checked(costing, async (store, rules) => {
      const copy = new MemoryEventStore();
      const streams = { streamPrefixes: ['stock-', 'transfer-'] };
      for (const event of await collect(store.readAll(streams))) await copy.append(event.stream, 'any', [event]);
      await valueAll(copy, rules, 7);
      const bytes = async (of: EventStore) =>
        (await valuationEvents(of))
          .map(({ stream, revision, id, data }) => {
            // The copy's positions are its own.
            const { source, ...valued } = data as { source: { position: string } };
            return `${stream} ${revision} ${id} ${JSON.stringify({ ...valued, source: { ...source, position: '' } })}`;
          })
          .sort();
      expect(await bytes(copy)).toEqual(await bytes(store));
    }));
});

it('first in, first out, the layers are the stock: no unit and no penny more', () =>
  checked('fifo', async (store) => {
    const archive = new ValuationLayers(store);
    for (const { stream, revision, data } of await valuationEvents(store)) {
      // Loading refuses layers that do not add up to the stock.
      const { layers } = await archive.load(stream, revision, decodeValued(data).after);
      for (const layer of layers) {
        expect(layer.units).toBeGreaterThan(0);
        expect(layer.value).toBeGreaterThanOrEqual(0n);
      }
    }
  }));
