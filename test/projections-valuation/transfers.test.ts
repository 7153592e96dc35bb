import { beforeEach, describe, expect, it } from 'vitest';
import { decodeValued, encodeValued } from '../../src/domain/valuation/codec.js';
import { type ClientId, valuationStream } from '../../src/domain/values/identifiers.js';
import { ValuationProjection } from '../../src/projections/valuation/valuation-projection.js';
import { journalOf } from '../domain/valuation/history.js';
import { counted, received, revised, sold } from '../domain/valuation/movements.js';
import { TransferDesk } from '../support/transfer-desk.js';
import { at, eventsOf, FaultyStore, settle, valuations } from './shop.js';

const DEPOT = at('MUG', 'DEPOT');
const STORE = at('MUG', 'STORE');
const NOON = Date.UTC(2026, 2, 2, 12);

let store: FaultyStore;
let desk: TransferDesk;
beforeEach(() => {
  store = new FaultyStore();
  desk = new TransferDesk(store, { now: () => NOON });
});

const valueAll = () => settle(store, new ValuationProjection(store, { timeZone: 'Europe/London' }));

/** The journal of the newest valuation. */
async function newest(key = STORE) {
  await valueAll();
  return journalOf((await valuations(store, key)).at(-1));
}

async function worth(key = STORE) {
  await valueAll();
  const after = (await valuations(store, key)).at(-1)?.after;
  return { quantity: after?.quantity, value: after?.value };
}

describe('goods in transit', () => {
  it('leave at the average of their source, and lie on the account of that source', async () => {
    await desk.record(DEPOT, received(10, '2.00'));
    await desk.record(DEPOT, received(10, '3.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    expect(await newest(DEPOT)).toEqual({ 'in-transit': '10.00', inventory: '-10.00' });
    expect(await worth(DEPOT)).toEqual({ quantity: 16, value: 4000n });
    expect((await valuations(store, DEPOT)).at(-1)?.postings[0]?.lines.map(({ location }) => location)).toEqual([
      'DEPOT',
      'DEPOT',
    ]);
  });

  it('arrive at what they cost when they left, whatever they cost since, and however many come at a time', async () => {
    await desk.record(DEPOT, received(9, '3.333333'));
    await desk.record(STORE, received(1, '8.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 3 });
    await desk.record(DEPOT, revised('50.00'));
    await desk.record(DEPOT, received(100, '7.00'));
    const costs = [];
    for (const receipt of ['r-1', 'r-2', 'r-3']) {
      await desk.receive('t-1', receipt, { MUG: 1 });
      costs.push((await newest())['in-transit']);
    }
    expect(costs).toEqual(['-3.33', '-3.34', '-3.33']);
    expect(await worth()).toEqual({ quantity: 4, value: 1800n });
    const posting = (await valuations(store, STORE)).at(-1)?.postings[0];
    expect(posting?.lines).toEqual([
      { role: 'inventory', location: 'STORE', amount: 333n },
      { role: 'in-transit', location: 'DEPOT', amount: -333n },
    ]);
    const arrival = (await eventsOf(store, 'stock-MUG@STORE')).at(-1);
    expect([arrival?.type, arrival?.id]).toEqual(['Arrived', posting?.ref]);
  });

  it('bring their cost, and their currency, to a place that knew of none', async () => {
    await desk.record(DEPOT, received(10, '2.50', 'EUR'));
    await desk.record(STORE, sold(1));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    await desk.receive('t-1', 'r-1', { MUG: 4 });
    expect(await newest()).toEqual({ inventory: '7.50', cogs: '2.50', 'in-transit': '-10.00' });
    expect((await eventsOf(store, 'location-STORE')).map(({ data }) => data.currency)).toEqual(['EUR']);
  });

  it('put right what had been sold before they came', async () => {
    await desk.record(STORE, received(1, '2.00'));
    await desk.record(STORE, sold(3));
    await desk.record(DEPOT, received(10, '5.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    await desk.receive('t-1', 'r-1', { MUG: 4 });
    expect(await newest()).toEqual({ inventory: '14.00', cogs: '6.00', 'in-transit': '-20.00' });
    expect(await worth()).toEqual({ quantity: 2, value: 1000n });
  });

  it('of which a count had told already explain its variance', async () => {
    await desk.record(DEPOT, received(10, '2.00'));
    await desk.record(STORE, received(10, '2.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    const tomorrow = { occurredAt: NOON + 86_400_000 };
    await desk.record(STORE, { ...counted(14, 0), ...tomorrow });
    await desk.receive('t-1', 'r-1', { MUG: 4 });
    expect(await newest()).toEqual({ 'in-transit': '-8.00', shrinkage: '8.00' });
  });

  it('that cost nothing arrive for nothing, also when a count had told of their leaving', async () => {
    await desk.record(DEPOT, received(10, '0'));
    await desk.record(DEPOT, { ...counted(6, 0), occurredAt: NOON + 86_400_000 });
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    await desk.receive('t-1', 'r-1', { MUG: 4 });
    expect(await newest(DEPOT)).toEqual({});
    expect(await worth()).toEqual({ quantity: 4, value: 0n });
  });

  it('may be more than there were: the missing ones leave at the last cost', async () => {
    await desk.record(DEPOT, received(1, '2.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 3 });
    expect(await newest(DEPOT)).toEqual({ 'in-transit': '6.00', inventory: '-6.00' });
    await desk.receive('t-1', 'r-1', { MUG: 3 });
    expect(await newest()).toEqual({ inventory: '6.00', 'in-transit': '-6.00' });
  });
});

describe('goods that come otherwise than they were sent', () => {
  beforeEach(async () => {
    await desk.record(DEPOT, received(10, '2.00'));
    await desk.record(STORE, received(10, '3.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
  });

  it('as more units, were found: at the present cost', async () => {
    await desk.receive('t-1', 'r-1', { MUG: 5 });
    // 4 at 2.00 out of transit, then the average of 14.
    expect(await newest()).toEqual({ inventory: '10.71', 'in-transit': '-8.00', shrinkage: '-2.71' });
  });

  it('without having been sent at all, were found', async () => {
    const CUP = at('CUP', 'STORE');
    await desk.record(CUP, received(1, '1.50'));
    await desk.receive('t-1', 'r-1', { CUP: 2 });
    expect(await newest(CUP)).toEqual({ inventory: '3.00', shrinkage: '-3.00' });
  });

  it('as fewer units, are lost when the transfer is closed, and found when they come all the same', async () => {
    await desk.receive('t-1', 'r-1', { MUG: 1 }, { closes: true });
    expect(await newest()).toEqual({ shrinkage: '6.00', 'in-transit': '-6.00' });
    const posting = (await valuations(store, STORE)).at(-1)?.postings[0];
    expect(posting?.lines).toEqual([
      { role: 'in-transit', location: 'DEPOT', amount: -600n },
      { role: 'shrinkage', location: 'STORE', amount: 600n },
    ]);
    const cancelled = (await eventsOf(store, 'stock-MUG@STORE')).at(-1);
    expect([cancelled?.type, cancelled?.id]).toEqual(['SupplyCancelled', posting?.ref]);

    await desk.receive('t-1', 'r-2', { MUG: 2 });
    expect(await newest()).toEqual({ inventory: '4.00', shrinkage: '-4.00' });
  });

  it('not at all, are lost without a trace in a place that never knew a cost', async () => {
    await desk.dispatch('t-2', 'DEPOT', 'KIOSK', { MUG: 2 });
    await desk.receive('t-2', 'r-1', {}, { closes: true });
    expect(await newest(at('MUG', 'KIOSK'))).toEqual({ shrinkage: '4.00', 'in-transit': '-4.00' });
    expect(await worth(at('MUG', 'KIOSK'))).toEqual({ quantity: 0, value: 0n });
  });
});

describe('goods whose cost nobody knew when they left', () => {
  it('carry none: what they turn out to have cost is lost here and found there', async () => {
    await desk.record(STORE, received(10, '3.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    expect(await newest(DEPOT)).toEqual({});
    await desk.receive('t-1', 'r-1', { MUG: 3 }, { closes: true });
    expect(await newest()).toEqual({ inventory: '9.00', shrinkage: '-9.00' });
    await desk.record(DEPOT, received(10, '2.00'));
    expect(await newest(DEPOT)).toEqual({ inventory: '12.00', shrinkage: '8.00', grni: '-20.00' });
  });
});

describe('a transfer between places of different currencies', () => {
  it('parks what arrives, and what is lost, with the amount that it carries', async () => {
    await desk.record(DEPOT, received(10, '2.00', 'GBP'));
    await desk.record(STORE, received(10, '3.00', 'EUR'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    await desk.receive('t-1', 'r-1', { MUG: 3 }, { closes: true });
    await valueAll();
    const [arrival, loss] = (await valuations(store, STORE)).slice(-2).map(({ postings }) => postings[0]);
    expect(arrival).toMatchObject({ currency: 'EUR', parked: { code: 'CURRENCY', amount: '6.00', currency: 'GBP' } });
    expect(loss).toMatchObject({ lines: [], parked: { code: 'CURRENCY', amount: '2.00', currency: 'GBP' } });
    expect(await worth()).toEqual({ quantity: 13, value: 3900n });
  });
});

describe('who values them', () => {
  /** Goods go round three places, so that every stream waits for another. */
  async function merryGoRound(): Promise<void> {
    const places = ['DEPOT', 'STORE', 'KIOSK'] as const;
    for (const [index, from] of places.entries()) {
      await desk.record(at('MUG', from), received(100, `${index + 1}.11`));
    }
    for (let lap = 0; lap < 30; lap += 1) {
      const [from = '', to = ''] = [places[lap % 3], places[(lap + 1) % 3]];
      await desk.dispatch(`t-${lap}`, from, to, { MUG: 1 + (lap % 7) });
      await desk.receive(`t-${lap}`, 'r-1', { MUG: 2 }, { closes: lap % 2 === 0 });
    }
  }
  const everything = async () => {
    const keys = [DEPOT, STORE, at('MUG', 'KIOSK')];
    return Promise.all(keys.map((key) => eventsOf(store, valuationStream(key))));
  };

  it('may be two at the same time', async () => {
    await merryGoRound();
    const valuer = () => new ValuationProjection(store, { timeZone: 'Europe/London' });
    await settle(store, valuer(), valuer());
    const sources = (await everything()).map((events) => events.map(({ data }) => decodeValued(data).source.eventId));
    for (const ids of sources) expect(new Set(ids).size).toBe(ids.length);
    const lines = (await everything())
      .flat()
      .flatMap(({ data }) => decodeValued(data).postings.flatMap((p) => p.lines));
    const open = lines.filter(({ role }) => role === 'in-transit').reduce((sum, { amount }) => sum + amount, 0n);
    expect(open).toBe(await inTransitByHand());
  });

  /** What is left of the cost of the transfers that are not closed. */
  async function inTransitByHand(): Promise<bigint> {
    let open = 0n;
    for (let lap = 1; lap < 30; lap += 2) {
      const units = 1 + (lap % 7);
      const places = ['DEPOT', 'STORE', 'KIOSK'];
      const valued = await valuations(store, at('MUG', places[lap % 3] ?? ''));
      const cost = valued.find(({ source }) => source.movementId === `transfer/t-${lap}/dispatch`)?.cost ?? 0n;
      const came = BigInt(Math.min(2, units));
      open += cost - (2n * cost * came + BigInt(units)) / BigInt(2 * units);
    }
    return open;
  }

  it('may start anew in the middle', async () => {
    await desk.record(DEPOT, received(10, '2.00'));
    await desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 4 });
    await valueAll();
    await desk.record(DEPOT, revised('9.00'));
    await desk.receive('t-1', 'r-1', { MUG: 4 });
    expect(await newest()).toEqual({ inventory: '8.00', 'in-transit': '-8.00' });
  });
});

it('an arrival that no transfer knows of was found', async () => {
  await desk.record(STORE, received(1, '3.00'));
  const transferId = 'unknown' as ClientId;
  const arrived = { type: 'Arrived', id: 'a-1' as ClientId, occurredAt: NOON, quantity: 2, transferId } as const;
  await desk.record(STORE, { ...arrived, disposition: 'sellable', from: DEPOT.location });
  expect(await newest()).toEqual({ inventory: '6.00', shrinkage: '-6.00' });
});

it('valuations of the longest names are small enough to append 500 at once', async () => {
  const [sku, from, to] = ['S'.repeat(64), 'F'.repeat(32), 'T'.repeat(32)];
  const id = 'i'.repeat(64);
  await desk.record(at(sku, from), received(1_000_000_000, '999999999.999999'));
  await desk.record(at(sku, to), received(1_000_000_000, '999999999.999999'));
  await desk.dispatch(id, from, to, { [sku]: 1_000_000_000 });
  await desk.receive(id, id, { [sku]: 999_999_999 }, { disposition: 'quarantine' });
  await desk.receive(id, 'c', {}, { closes: true });
  await desk.receive(id, id.slice(1), { [sku]: 1_000_000_000 }, { disposition: 'quarantine' });
  await valueAll();
  const valued = [...(await valuations(store, at(sku, from))), ...(await valuations(store, at(sku, to)))];
  expect(valued).toHaveLength(6);
  const sizes = valued.map((each) => JSON.stringify(encodeValued(each)).length);
  expect(Math.max(...sizes)).toBeLessThan(2_000);
});
