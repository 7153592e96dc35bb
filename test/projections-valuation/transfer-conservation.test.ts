import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import type { ReportedMovement } from '../../src/domain/stock/commands.js';
import { decodeTransferEvent } from '../../src/domain/transfer/codec.js';
import { evolve, NO_TRANSFER, type TransferState } from '../../src/domain/transfer/state.js';
import { decodeValued } from '../../src/domain/valuation/codec.js';
import type { JournalLine, Valued } from '../../src/domain/valuation/events.js';
import type { ClientId } from '../../src/domain/values/identifiers.js';
import { stockKeyOf } from '../../src/domain/values/identifiers.js';
import type { EventStore, RecordedEvent } from '../../src/ports/event-store.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { TransferDesk } from '../support/transfer-desk.js';
import { at } from './shop.js';

const PLACES = ['DEPOT', 'STORE', 'KIOSK'] as const;
const SKUS = ['MUG', 'CUP'] as const;
const TRANSFERS = 4;

const place = fc.constantFrom(...PLACES);
const sku = fc.constantFrom(...SKUS);
const quantity = fc.integer({ min: 1, max: 12 });
const day = fc.nat(20);
const unitCost = fc.oneof(
  { weight: 1, arbitrary: fc.constant('0') },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 9_999 }).map((value) => (value / 1_000).toFixed(3)) },
);
const units = fc.dictionary(sku, quantity, { minKeys: 1 });

/** What happens in three places, in any order; times are drawn apart from the order of telling. */
const step = fc.oneof(
  fc.record({ what: fc.constant('receipt' as const), place, sku, day, quantity, unitCost }),
  fc.record({ what: fc.constant('sale' as const), place, sku, day, quantity }),
  fc.record({ what: fc.constant('count' as const), place, sku, day, quantity }),
  fc.record({ what: fc.constant('revision' as const), place, sku, day, cents: fc.integer({ min: -500, max: 500 }) }),
  fc.record({ what: fc.constant('dispatch' as const), transfer: fc.nat(TRANSFERS), from: place, to: place, units }),
  fc.record({ what: fc.constant('arrival' as const), transfer: fc.nat(TRANSFERS), units, closes: fc.boolean() }),
  fc.record({ what: fc.constant('arrival' as const), transfer: fc.nat(TRANSFERS), units, closes: fc.constant(false) }),
);
type Step = typeof step extends fc.Arbitrary<infer Drawn> ? Drawn : never;
const steps = fc.array(step, { maxLength: 40, size: 'max' });

const onDay = (number: number): number => Date.UTC(2026, 0, 1 + number, 12);

async function happen(store: EventStore, all: readonly Step[]): Promise<void> {
  const desk = new TransferDesk(store, { now: () => onDay(10) });
  for (const [index, each] of all.entries()) {
    if (each.what === 'dispatch') {
      // Whether the id is taken or both ends are one place, the desk is not asked.
      const taken = (await store.head([`transfer-t-${each.transfer}`])) > 0n;
      if (!taken && each.from !== each.to) await desk.dispatch(`t-${each.transfer}`, each.from, each.to, each.units);
    } else if (each.what === 'arrival') {
      const known = (await store.head([`transfer-t-${each.transfer}`])) > 0n;
      const { closes } = each;
      if (known) await desk.receive(`t-${each.transfer}`, `r-${index}`, each.units, { closes });
    } else await desk.record(at(each.sku, each.place), movementOf(each, `m-${index}` as ClientId));
  }
}

function movementOf(each: Exclude<Step, { what: 'dispatch' | 'arrival' }>, id: ClientId): ReportedMovement {
  const fact = { id, occurredAt: onDay(each.day) };
  switch (each.what) {
    case 'receipt':
      return { type: 'Received', ...fact, quantity: each.quantity, unitCost: each.unitCost, currency: 'GBP' };
    case 'sale':
      return { type: 'Sold', ...fact, quantity: each.quantity };
    case 'count':
      return { type: 'Counted', ...fact, counted: each.quantity, disposition: 'sellable' };
    case 'revision': {
      const amount = (each.cents / 100).toFixed(2);
      return { type: 'UnitCostRevised', ...fact, amount, currency: 'GBP', reason: 'freight' };
    }
  }
}

/** Values everything there is, so many events at a time. */
async function valueAll(store: EventStore, batch: number): Promise<void> {
  const projection = new ValuationProjection(store, { timeZone: 'Europe/London' });
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

async function allValued(store: EventStore): Promise<{ stream: string; valued: Valued }[]> {
  const events = await collect(store.readAll({ streamPrefixes: ['valuation-'] }));
  return events.map(({ stream, data }) => ({ stream, valued: decodeValued(data) }));
}

async function transferStates(store: EventStore): Promise<readonly TransferState[]> {
  const states = new Map<string, TransferState>();
  for (const event of await collect(store.readAll({ streamPrefixes: ['transfer-'] }))) {
    states.set(event.stream, evolve(states.get(event.stream) ?? NO_TRANSFER, decodeTransferEvent(event)));
  }
  return [...states.values()];
}

const linesOf = ({ postings }: Valued): readonly JournalLine[] => postings.flatMap(({ lines }) => lines);
const sumOf = (lines: readonly JournalLine[]): bigint => lines.reduce((sum, { amount }) => sum + amount, 0n);

const checked = (property: (store: MemoryEventStore) => Promise<void>, runs = 150) =>
  fc.assert(
    fc.asyncProperty(steps, fc.integer({ min: 1, max: 50 }), async (all, batch) => {
      const store = new MemoryEventStore();
      await happen(store, all);
      await valueAll(store, batch);
      await property(store);
    }),
    { numRuns: runs },
  );

describe('whatever happens in three places and between them', () => {
  it('every posting balances, and comes from a stock event of its own', () =>
    checked(async (store) => {
      const stock = new Set((await collect(store.readAll({ streamPrefixes: ['stock-'] }))).map(({ id }) => id));
      const valuations = await allValued(store);
      for (const { valued } of valuations) expect(sumOf(linesOf(valued))).toBe(0n);
      const refs = valuations.flatMap(({ valued }) => valued.postings.map(({ ref }) => ref));
      expect(new Set(refs).size).toBe(refs.length);
      expect(refs.filter((ref) => !stock.has(ref.replace(/\.2$/, '')))).toEqual([]);
    }));

  it('what came in is what went out, what is on hand and what is in transit, to the minor unit', () =>
    checked(async (store) => {
      const valuations = await allValued(store);
      const lines = valuations.flatMap(({ valued }) => linesOf(valued));
      const onHand = new Map(valuations.map(({ stream, valued }) => [stream, valued.after.value]));
      for (const location of PLACES) {
        const streams = [...onHand].filter(([stream]) => stockKeyOf(stream).location === location);
        const value = streams.reduce((sum, [, each]) => sum + each, 0n);
        expect(sumOf(lines.filter((line) => line.role === 'inventory' && line.location === location))).toBe(value);
      }
      const inTransit = sumOf(lines.filter(({ role }) => role === 'in-transit'));
      const passed = sumOf(lines.filter(({ role }) => role !== 'in-transit' && role !== 'inventory'));
      expect(-passed).toBe([...onHand.values()].reduce((sum, each) => sum + each, 0n) + inTransit);
    }));

  it('in transit lies exactly what left and neither came nor was given up, at what it cost when it left', () =>
    checked(async (store) => {
      const valuations = await allValued(store);
      for (const { requested, received, closing } of await transferStates(store)) {
        for (const { sku: sent, quantity: all } of requested?.lines ?? []) {
          const dispatchId = `transfer/${requested?.id}/dispatch`;
          const ofIt = valuations.filter(
            ({ stream, valued }) =>
              stockKeyOf(stream).sku === sent && valued.source.movementId.startsWith(`transfer/${requested?.id}/`),
          );
          const cost = ofIt.find(({ valued }) => valued.source.movementId === dispatchId)?.valued.cost ?? 0n;
          const came = Math.min(all, received.get(sent) ?? 0);
          const lies = closing === undefined ? cost - (2n * cost * BigInt(came) + BigInt(all)) / BigInt(2 * all) : 0n;
          const lines = ofIt.flatMap(({ valued }) => linesOf(valued)).filter(({ role }) => role === 'in-transit');
          expect(sumOf(lines)).toBe(lies);
          expect(lines.every(({ location }) => location === requested?.from)).toBe(true);
        }
      }
    }));

  it('valuing it again gives the same bytes, in batches of any size', () =>
    checked(async (store) => {
      const copy = new MemoryEventStore();
      const streams = { streamPrefixes: ['stock-', 'transfer-'] };
      for (const event of await collect(store.readAll(streams))) await copy.append(event.stream, 'any', [event]);
      await valueAll(copy, 1);
      const bytes = async (of: EventStore) =>
        (await collect(of.readAll({ streamPrefixes: ['valuation-'] })))
          .map(({ stream, revision, id, data }) => {
            // The copy's positions are its own.
            const { source, ...valued } = data as { source: { position: string } };
            return `${stream} ${revision} ${id} ${JSON.stringify({ ...valued, source: { ...source, position: '' } })}`;
          })
          .sort();
      expect(await bytes(copy)).toEqual(await bytes(store));
    }));
});
