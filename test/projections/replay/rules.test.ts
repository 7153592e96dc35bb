import { beforeEach, describe, expect, it } from 'vitest';
import type { ChangeReport } from '../../../src/domain/replay/change-report.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import { ValuationLayers } from '../../../src/streams/valuation-layers.js';
import { adjusted, moved, received, returned, revised, sold } from '../../domain/valuation/movements.js';
import { at, eventsOf, FaultyStore, record, valuations } from '../../projections-valuation/shop.js';
import { valueAll } from '../erp-delivery/poster.js';
import { askFor, balancesOf, carryOut, postingsOf, replayUnder, worthOf } from './books.js';

const MUG = at('MUG', 'LEEDS');
const FIFO = { version: 3, costing: 'fifo', damaged: 'keep' } as const;

let store: FaultyStore;
beforeEach(async () => {
  store = new FaultyStore();
  await record(store, MUG, received(2, '1.00'), received(2, '3.00'), sold(1, 'till-1'), sold(2, 'till-2'));
  await valueAll(store);
});

/** Everything but what replays say of themselves. */
async function allBooks(): Promise<string[]> {
  const lines: string[] = [];
  for await (const { stream, id } of store.readAll()) if (!stream.startsWith('replay-')) lines.push(`${stream} ${id}`);
  return lines;
}

describe('a replay under new rules', () => {
  it('says what it would change, the same every time, and writes nothing', async () => {
    const before = await allBooks();
    const reports: (ChangeReport | undefined)[] = [];
    for (let times = 0; times < 2; times += 1) reports.push((await replayUnder(store, FIFO, { dryRun: true }))?.report);
    expect(reports[0]).toEqual(reports[1]);
    expect(reports[0]).toEqual({
      streams: 1,
      changed: 1,
      adjustments: 1,
      examples: [
        {
          ref: expect.stringMatching(/\.r3$/),
          sku: 'MUG',
          location: 'LEEDS',
          currency: 'GBP',
          lines: [
            { account: 'inventory', amount: '1.00' },
            { account: 'cogs', amount: '-1.00' },
          ],
        },
      ],
      valueOnHand: [{ currency: 'GBP', before: '2.00', after: '3.00', difference: '1.00' }],
      accounts: [
        { account: 'cogs', currency: 'GBP', before: '6.00', after: '5.00', difference: '-1.00' },
        { account: 'inventory', currency: 'GBP', before: '2.00', after: '3.00', difference: '1.00' },
      ],
      lines: [
        {
          account: 'cogs',
          location: 'LEEDS',
          currency: 'GBP',
          period: '2026-03',
          before: '6.00',
          after: '5.00',
          difference: '-1.00',
        },
        {
          account: 'inventory',
          location: 'LEEDS',
          currency: 'GBP',
          period: '2026-03',
          before: '2.00',
          after: '3.00',
          difference: '1.00',
        },
      ],
      linesLeftOut: 0,
    });
    expect(await allBooks()).toEqual(before);
  });

  it('posts the differences alone, dated when it was asked for, and leaves what is posted as it is', async () => {
    const before = await eventsOf(store, 'valuation-MUG@LEEDS');
    const dry = await replayUnder(store, FIFO, { dryRun: true });
    const done = await replayUnder(store, FIFO);
    expect(done?.report).toEqual(dry?.report);
    const after = await eventsOf(store, 'valuation-MUG@LEEDS');
    expect(after.slice(0, before.length)).toEqual(before);
    const added = (await valuations(store, MUG)).slice(before.length);
    expect(added.flatMap(({ postings }) => postings.map(({ date }) => date))).toEqual(['2026-05-01']);
    expect(added.map(({ ruleVersion }) => ruleVersion)).toEqual([3, 3]);
    expect(balancesOf(await postingsOf(store, MUG))).toEqual({
      'cogs LEEDS GBP': 500n,
      'grni LEEDS GBP': -800n,
      'inventory LEEDS GBP': 300n,
    });
  });

  it('holds from then on: what moves later is valued by the new rules and says so', async () => {
    await replayUnder(store, FIFO);
    await record(store, MUG, received(1, '9.00'), sold(1));
    await valueAll(store);
    const [receipt, sale] = (await valuations(store, MUG)).slice(-2);
    expect([receipt?.ruleVersion, sale?.ruleVersion, sale?.cost]).toEqual([3, 3, 300n]);
    expect(sale?.after).toMatchObject({ quantity: 1, value: 900n, terms: { method: 'fifo', version: 3 } });
    const { revision } = (await eventsOf(store, 'valuation-MUG@LEEDS')).at(-1) ?? { revision: 0 };
    const stock = (await worthOf(store, MUG)) ?? { quantity: 0, value: 0n, lastCost: null };
    expect((await new ValuationLayers(store).load('valuation-MUG@LEEDS', revision, stock)).layers.size).toBe(1);
  });

  it('lets goods come back at what the new rules say they left with', async () => {
    await replayUnder(store, FIFO);
    await record(store, MUG, returned(2, 'till-2'));
    await valueAll(store);
    expect((await valuations(store, MUG)).at(-1)?.cost).toBe(400n);
  });

  it('is known to a valuer that was at work all the time', async () => {
    const { ValuationProjection } = await import('../../../src/projections/valuation/valuation-projection.js');
    const valuer = new ValuationProjection(store, { timeZone: 'Europe/London' });
    const handle = async (from: number) => {
      const events = (await eventsOf(store, 'stock-MUG@LEEDS')).slice(from);
      await valuer.handle({ events, position: events.at(-1)?.position ?? 0n, live: true });
    };
    await handle(0);
    await replayUnder(store, { ...FIFO, damaged: 'write-off' });
    await record(store, MUG, moved(1, 'sellable', 'damaged'));
    await handle(4);
    expect(await worthOf(store, MUG)).toMatchObject({ quantity: 0, value: 0n });
  });

  it('twice adds nothing, and neither does one whose rules hold already', async () => {
    await replayUnder(store, FIFO);
    const before = await allBooks();
    expect((await replayUnder(store, FIFO))?.report).toMatchObject({ streams: 0, adjustments: 0 });
    expect(await allBooks()).toEqual(before);
  });

  it('back to the old rules under a higher version takes all of it back', async () => {
    const before = balancesOf(await postingsOf(store, MUG));
    await replayUnder(store, FIFO);
    await replayUnder(store, { version: 4, costing: 'moving-average', damaged: 'keep' });
    expect(balancesOf(await postingsOf(store, MUG))).toEqual(before);
    const refs = (await postingsOf(store, MUG)).map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
    expect(await worthOf(store, MUG)).toMatchObject({ value: 200n, terms: { method: 'moving-average', version: 4 } });
  });

  it('is refused when the version is taken, before anything is written', async () => {
    await replayUnder(store, { ...FIFO, version: 5 });
    const before = await allBooks();
    for (const rules of [FIFO, { ...FIFO, version: 5, costing: 'moving-average' as const }]) {
      const { report, tally } = (await replayUnder(store, rules)) ?? {};
      expect(report?.refused).toBe(
        'MUG at LEEDS has been valued by rules of version 5: give the new ones a version above that.',
      );
      expect(tally?.looked).toBe(0);
    }
    expect(await allBooks()).toEqual(before);
  });

  it('is about what it was asked for', async () => {
    const others = [at('CUP', 'LEEDS'), at('MUG', 'YORK')];
    for (const key of others) await record(store, key, received(1, '1.00'), received(1, '3.00'), sold(1));
    await valueAll(store);
    const changed = async (range: Parameters<typeof replayUnder>[2]) =>
      (await replayUnder(store, FIFO, { ...range, dryRun: true }))?.report?.changed;
    expect(await changed({})).toBe(3);
    expect(await changed({ sku: 'MUG' as Sku })).toBe(2);
    expect(await changed({ location: 'LEEDS' as LocationId })).toBe(2);
    expect(await changed({ sku: 'MUG' as Sku, location: 'YORK' as LocationId })).toBe(1);
    expect(await changed({ occurredFrom: Date.UTC(2027, 0, 1) })).toBe(0);
  });

  it('that begins later opens with what is there then, at what it is worth, and leaves all before as it is', async () => {
    const from = (await eventsOf(store, 'stock-MUG@LEEDS')).at(2)?.position ?? 0n;
    const { report } = (await replayUnder(store, FIFO, { from })) ?? {};
    expect(report).toMatchObject({ adjustments: 0, valueOnHand: [{ before: '2.00', after: '2.00' }] });
    await record(store, MUG, received(1, '9.00'), sold(1));
    await valueAll(store);
    expect((await valuations(store, MUG)).at(-1)?.cost).toBe(200n);
  });

  it('cannot begin before what an earlier one has valued, nor treat damaged goods otherwise half way', async () => {
    const [first] = await eventsOf(store, 'stock-MUG@LEEDS');
    const from = first?.position ?? 0n;
    const refused = async (rules: Parameters<typeof replayUnder>[1]) =>
      (await replayUnder(store, rules, { from, dryRun: true }))?.report?.refused;
    expect(await refused({ ...FIFO, damaged: 'write-off' })).toMatch(/leave out from\.$/);
    await replayUnder(store, FIFO);
    expect(await refused({ ...FIFO, version: 4 })).toMatch(/begin later, or leave out from\.$/);
  });

  it('writes damaged goods off, or brings them back, with all that follows from it', async () => {
    await record(store, MUG, moved(1, 'sellable', 'damaged'), revised('0.50'), adjusted(-1));
    await valueAll(store);
    const kept = balancesOf(await postingsOf(store, MUG));
    await replayUnder(store, { version: 3, costing: 'moving-average', damaged: 'write-off' });
    expect(await worthOf(store, MUG)).toMatchObject({ quantity: -1 });
    await replayUnder(store, { version: 4, costing: 'moving-average', damaged: 'keep' });
    expect(balancesOf(await postingsOf(store, MUG))).toEqual(kept);
  });
});

describe('a replay that is cut short', () => {
  const keys = Array.from({ length: 12 }, (_, index) => at(`SKU-${index}`, 'LEEDS'));
  beforeEach(async () => {
    for (const key of keys) await record(store, key, received(1, '1.00'), received(1, '3.00'), sold(1), sold(1));
    await valueAll(store);
  });

  it.each(['lost', 'unanswered'] as const)('goes on and posts each once, its appends %s', async (fault) => {
    const id = await askFor(store, FIFO);
    let appends = 0;
    store.fault = (stream) => (stream.startsWith('valuation-') && ++appends % 3 === 0 ? fault : undefined);
    let tries = 0;
    let finished = false;
    while (!finished && ++tries < 50) {
      finished = (await carryOut(store, id).catch(() => undefined))?.isFinished === true;
    }
    expect(tries).toBeGreaterThan(2);
    const refs = (await postingsOf(store, MUG, ...keys)).map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
    expect(refs.filter((ref) => ref.endsWith('.r3'))).toHaveLength(1 + 2 * keys.length);
    for (const key of keys) expect(await worthOf(store, key)).toMatchObject({ quantity: 0, value: 0n });
  });

  it('by its process in the middle of a long stream comes to the same, whoever writes to it meanwhile', async () => {
    const CUP = at('CUP', 'YORK');
    const text = 'x'.repeat(64);
    const sales = Array.from({ length: 3_000 }, (_, index) => sold(1, `${index}${text}`.slice(0, 64)));
    await record(store, CUP, received(4_000, '1.00'), received(4_000, '3.00'), ...sales);
    await valueAll(store);
    const id = await askFor(store, FIFO, { sku: CUP.sku });
    let appends = 0;
    store.fault = (stream) => (stream === 'valuation-CUP@YORK' && ++appends === 2 ? 'lost' : undefined);
    await expect(carryOut(store, id)).rejects.toThrow('the append was lost');
    await record(store, CUP, sold(10));
    await valueAll(store);
    expect((await carryOut(store, id))?.report).toMatchObject({ adjustments: 3_000, changed: 1 });
    const refs = (await postingsOf(store, CUP)).map(({ ref }) => ref);
    expect(new Set(refs).size).toBe(refs.length);
    expect(refs.filter((ref) => ref.endsWith('.r3'))).toHaveLength(3_000);
    const { value = 0n, quantity } = (await worthOf(store, CUP)) ?? {};
    expect([quantity, value]).toEqual([4_990, 1_299_000n]);
    expect(balancesOf(await postingsOf(store, CUP))['inventory YORK GBP']).toBe(value);
  });
});
