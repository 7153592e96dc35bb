import { beforeEach, describe, expect, it } from 'vitest';
import { describeLocation, type LocationData } from '../../src/domain/master-data/location.js';
import { describeSku, type SkuData } from '../../src/domain/master-data/sku.js';
import type { LocationId, Sku } from '../../src/domain/values/identifiers.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { locationData, skuData } from '../../src/streams/master-data-streams.js';
import { journalOf } from '../domain/valuation/history.js';
import { received, sold } from '../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, record, settle, valuations } from './shop.js';

const MUG = at('MUG-1', 'LEEDS');
const CALLER = { actor: 'store', correlationId: 'trial' };
const HALF_PAST_ELEVEN_ON_NEW_YEARS_EVE = Date.UTC(2026, 11, 31, 23, 30);
const atMidnight = (quantity: number) => ({ ...sold(quantity), occurredAt: HALF_PAST_ELEVEN_ON_NEW_YEARS_EVE });

let store: FaultyStore;
let changes = 0;
beforeEach(() => {
  store = new FaultyStore();
});

const valuer = () => new ValuationProjection(store, { timeZone: 'Europe/London' });
const valueAll = () => settle(store, valuer());

async function saySku(wanted: SkuData, sku = MUG.sku): Promise<void> {
  changes += 1;
  await skuData(store, sku).change((data) => describeSku(data, wanted, `change-${changes}`, 0), CALLER, 0);
}

async function sayLocation(wanted: LocationData, location: LocationId = MUG.location): Promise<void> {
  changes += 1;
  const decide = (data: LocationData) => describeLocation(data, wanted, `change-${changes}`, 0);
  await locationData(store, location).change(decide, CALLER, 0);
}

const methods = async () => (await valuations(store, MUG)).map(({ after }) => after.terms.method);
const dates = async () => (await valuations(store, MUG)).map(({ postings }) => postings[0]?.date);

describe('the costing method', () => {
  it('is that of the SKU, at every location', async () => {
    await saySku({ costing: 'fifo' });
    await record(store, MUG, received(1, '1.00'), received(1, '3.00'), sold(1));
    await valueAll();
    expect(journalOf((await valuations(store, MUG)).at(-1))).toEqual({ cogs: '1.00', inventory: '-1.00' });
  });

  it('is the usual one of the rules when the SKU names none', async () => {
    await record(store, MUG, received(1, '1.00'));
    const rules = { version: 2, costing: 'fifo', damaged: 'keep' } as const;
    await settle(store, new ValuationProjection(store, { timeZone: 'UTC', rules }));
    expect(await methods()).toEqual(['fifo']);
  });

  it('stays what it was when a SKU and location was first valued', async () => {
    await record(store, MUG, received(1, '1.00'));
    await saySku({ costing: 'fifo' });
    await record(store, MUG, received(1, '3.00'), sold(1));
    await valueAll();
    expect(await methods()).toEqual(['moving-average', 'moving-average', 'moving-average']);
    await record(store, MUG, sold(1));
    await valueAll();
    expect((await methods()).at(-1)).toBe('moving-average');
  });

  it('is what was said before the movement, however much later it is valued', async () => {
    await saySku({ costing: 'fifo' });
    await record(store, MUG, received(1, '1.00'));
    await saySku({ costing: 'moving-average' });
    await valueAll();
    expect(await methods()).toEqual(['fifo']);
  });
});

describe('the time zone', () => {
  it('of a location dates its postings, from the movement on that is recorded behind it', async () => {
    await record(store, MUG, received(9, '1.00'), atMidnight(1));
    await sayLocation({ timeZone: 'Europe/Berlin' });
    await record(store, MUG, atMidnight(1));
    await sayLocation({ timeZone: 'America/New_York' });
    await record(store, MUG, atMidnight(1));
    await valueAll();
    expect((await dates()).slice(1)).toEqual(['2026-12-31', '2027-01-01', '2026-12-31']);
  });
});

describe('the class of a SKU', () => {
  it('stands at the lines of what was recorded behind it', async () => {
    await record(store, MUG, received(9, '1.00'));
    await saySku({ class: 'A' });
    await record(store, MUG, sold(1));
    await valueAll();
    const classes = (await valuations(store, MUG)).map(({ postings }) => postings[0]?.lines[0]?.dimensions?.class);
    expect(classes).toEqual([undefined, 'A']);
  });
});

describe('the currency of a location', () => {
  it('is the one that was said, whatever the first cost is in', async () => {
    await sayLocation({ currency: 'EUR' as LocationData['currency'] & string });
    await record(store, MUG, received(1, '1.00', 'GBP'), received(1, '2.00', 'EUR'));
    await valueAll();
    const [pounds, euros] = await valuations(store, MUG);
    expect(pounds?.postings[0]?.parked?.currency ?? pounds?.currency).toBe('GBP');
    expect(euros?.postings[0]?.parked).toBeUndefined();
    expect(euros?.postings[0]?.currency).toBe('EUR');
  });
});

describe('who starts in the middle', () => {
  it('values as if they had been there from the beginning', async () => {
    await sayLocation({ timeZone: 'Europe/Berlin' });
    await saySku({ class: 'A', costing: 'fifo' });
    await saySku({ class: 'A' }, 'CUP' as Sku);
    await record(store, MUG, received(9, '1.00'));
    await valueAll();
    await record(store, MUG, atMidnight(1));
    await saySku({ class: 'B' });
    await record(store, MUG, atMidnight(1));
    await record(store, at('CUP', 'LEEDS'), atMidnight(1), received(5, '1.00'));
    await valueAll();
    const [, first, second] = await valuations(store, MUG);
    expect([first, second].map((valued) => valued?.postings[0]?.date)).toEqual(['2027-01-01', '2027-01-01']);
    expect([first, second].map((valued) => valued?.postings[0]?.lines[0]?.dimensions?.class)).toEqual(['A', 'B']);
    const cups = await valuations(store, at('CUP', 'LEEDS'));
    expect(cups.at(-1)?.postings[0]?.lines[0]?.dimensions?.class).toBe('A');
  });

  it('gives every valuation the id that others gave it', async () => {
    await saySku({ class: 'A', costing: 'fifo' });
    await record(store, MUG, received(9, '1.00'), sold(1));
    await saySku({ class: 'B' });
    await record(store, MUG, sold(1));
    await settle(store, valuer(), valuer());
    const copy = new FaultyStore();
    for await (const event of store.readAll({ streamPrefixes: ['stock-', 'sku-', 'location-'] })) {
      await copy.append(event.stream, 'any', [event]);
    }
    await settle(copy, new ValuationProjection(copy, { timeZone: 'Europe/London' }));
    const ids = async (of: FaultyStore) => (await eventsOf(of, 'valuation-MUG-1@LEEDS')).map(({ id }) => id);
    expect(await ids(copy)).toEqual(await ids(store));
    expect(await ids(store)).toHaveLength(3);
  });
});
