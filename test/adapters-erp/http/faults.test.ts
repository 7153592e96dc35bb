import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { HttpConnector } from '../../../src/adapters/erp/http/http-connector.js';
import type { ErpOutcome, ErpPosting } from '../../../src/ports/erp.js';
import { saleOf } from '../../erp/postings.js';
import { Ledger } from './ledger.js';

let ledger: Ledger;
let connector: HttpConnector;
let nowMs: number;

beforeEach(async () => {
  ledger = await Ledger.start({ closedBefore: '2026-03-01' });
  nowMs = Date.now();
  connector = connectorTo(ledger);
});
afterEach(() => ledger.kill());

const connectorTo = ({ settings }: Ledger, more: Partial<Ledger['settings']> = {}) =>
  new HttpConnector({ ...settings, ...more }, { now: () => nowMs });

const salesOf = (count: number) => Array.from({ length: count }, (_, number) => saleOf(number, 100n, skuOf(number)));
const skuOf = (number: number) => ({ sku: `SKU-${number}` as ErpPosting['sku'] });
const refsOf = (postings: readonly ErpPosting[]) => postings.map(({ ref }) => ref);
const booked = async () => (await ledger.seen()).ledger.map(({ ref }) => ref);

const brief = (outcome: ErpOutcome) => (outcome.status === 'retry-later' ? outcome.applied : outcome.status);
const post = async (postings: readonly ErpPosting[], to = connector) => (await to.post(postings)).map(brief);

describe('postings to an endpoint that goes wrong', () => {
  it.each<[fault: string, outcomes: readonly string[], bookedAtOnce: number]>([
    ['dropped-before', ['unknown', 'unknown', 'unknown'], 0],
    ['dropped-after', ['unknown', 'unknown', 'unknown'], 3],
    ['error-after', ['unknown', 'unknown', 'unknown'], 3],
    ['garbage-after', ['unknown', 'unknown', 'unknown'], 3],
    ['half-an-answer', ['posted', 'unknown', 'unknown'], 3],
    ['another-status', ['unknown', 'unknown', 'unknown'], 3],
    ['no-list', ['unknown', 'unknown', 'unknown'], 0],
    ['asks-again', ['no', 'no', 'no'], 0],
    ['moved', ['no', 'no', 'no'], 0],
    ['invalid', ['no', 'no', 'no'], 0],
  ])('are found or sent again, and are there once: %s', async (fault, outcomes, bookedAtOnce) => {
    const sales = salesOf(3);
    await ledger.goesWrong(fault);
    expect(await post(sales)).toEqual(outcomes);
    expect(await booked()).toEqual(refsOf(sales).slice(0, bookedAtOnce));
    expect(await connector.find(refsOf(sales))).toEqual(new Set(refsOf(sales).slice(0, bookedAtOnce)));
    await post(sales);
    expect((await booked()).sort()).toEqual(refsOf(sales).sort());
  });

  it('are unknown when no answer comes in time', async () => {
    const impatient = connectorTo(ledger, { timeoutMs: 1_000 });
    await ledger.goesWrong('never-answered');
    expect(await post(salesOf(2), impatient)).toEqual(['unknown', 'unknown']);
    expect(await booked()).toEqual(refsOf(salesOf(2)));
    expect(await post(salesOf(2))).toEqual(['duplicate', 'duplicate']);
  });

  it('are surely not there when nobody listens', async () => {
    await ledger.kill();
    expect(await post(salesOf(2))).toEqual(['no', 'no']);
    await expect(connector.find(refsOf(salesOf(2)))).rejects.toThrow('gives no answer');
    ledger = await Ledger.start({ port: ledger.port });
    expect(await post(salesOf(2))).toEqual(['posted', 'posted']);
  });

  it.each([
    ['throttled-for-7-s', 'no', 7_000],
    ['unavailable-for-60-s', 'unknown', 60_000],
  ])('wait as long as it asks for: %s', async (fault, outcome, restMs) => {
    await ledger.goesWrong(fault);
    expect(await post(salesOf(1))).toEqual([outcome]);
    nowMs += restMs - 1;
    expect(await post(salesOf(1))).toEqual(['no']);
    await expect(connector.find(refsOf(salesOf(1)))).rejects.toThrow('left alone for 1 ms');
    expect((await ledger.seen()).seen).toHaveLength(1);
    nowMs += 1;
    expect(await post(salesOf(1))).toEqual(['posted']);
  });

  it('of a closed period go where the endpoint says that it is open, if it says so', async () => {
    expect(await connector.openDateFrom('2026-02-03')).toBe('2026-03-01');
    expect(await connector.openDateFrom('2026-04-05')).toBe('2026-04-05');
    const silent = await Ledger.start({ hasPeriods: false });
    expect(await connectorTo(silent).openDateFrom('2026-02-03')).toBeUndefined();
    await silent.kill();
    await ledger.goesWrong('error-after');
    await expect(connector.openDateFrom('2026-02-03')).rejects.toThrow('answers 500');
  });

  it('are refused for good only alone', async () => {
    await ledger.goesWrong('invalid', 'invalid');
    expect(await post(salesOf(2))).toEqual(['no', 'no']);
    expect(await connector.post(salesOf(1))).toEqual([
      { status: 'rejected', code: 'INVALID', detail: 'The endpoint answers 422: sku is too long' },
    ]);
  });

  it('wait for a person when it says so, and hold back those behind them', async () => {
    const closed = saleOf(1, 100n, { date: '2026-02-28' });
    const postings = [closed, saleOf(2), saleOf(3, 100n, skuOf(3))];
    const outcomes = await connector.post(postings);
    expect(outcomes[0]).toEqual({ status: 'rejected', code: 'PERIOD_CLOSED', detail: '2026-02-28 is closed' });
    expect(outcomes.map(brief)).toEqual(['rejected', 'no', 'posted']);
  });

  it('are held back also from a later request', async () => {
    const closed = saleOf(1, 100n, { date: '2026-02-28' });
    expect(await post([closed, saleOf(2), saleOf(3)], connectorTo(ledger, { batchLimit: 1 }))).toEqual([
      'rejected',
      'no',
      'no',
    ]);
    expect((await ledger.seen()).seen).toHaveLength(1);
  });

  it('need a person when it refuses for a reason of its own', async () => {
    await ledger.goesWrong('another-code');
    expect(await connector.post(salesOf(1))).toEqual([
      { status: 'rejected', code: 'NEEDS_HUMAN', detail: 'E-17: ask Sue' },
    ]);
  });

  it('need a person when other amounts are there under their ref', async () => {
    await post([saleOf(1, 100n)]);
    expect(await connector.post([saleOf(1, 101n)])).toEqual([
      { status: 'rejected', code: 'NEEDS_HUMAN', detail: 'other amounts are posted under this ref' },
    ]);
  });

  it('are not taken with another secret, nor with a signature of another time', async () => {
    const stranger = connectorTo(ledger, { secret: 'some other secret of 32 characters' });
    expect(await post(salesOf(1), stranger)).toEqual(['no']);
    await expect(stranger.find(refsOf(salesOf(1)))).rejects.toThrow('check ERP_SECRET');
    nowMs -= 301_000;
    expect(await post(salesOf(1))).toEqual(['no']);
    expect(await booked()).toEqual([]);
  });
});

describe('requests to an endpoint', () => {
  it('keep their connections', async () => {
    for (let count = 1; count <= 10; count += 1) await connector.post(salesOf(count));
    const { seen } = await ledger.seen();
    expect(seen).toHaveLength(10);
    expect(new Set(seen.map(({ connection }) => connection)).size).toBeLessThanOrEqual(2);
  });

  it('carry the same key for the same content alone', async () => {
    await connector.post(salesOf(2));
    await connector.post(salesOf(2));
    await connector.post(salesOf(3));
    const { seen } = await ledger.seen();
    const [first, again, other] = seen.map(({ headers }) => headers['idempotency-key']);
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('say what was posted, with accounts, roles and dimensions', async () => {
    const [sale] = salesOf(1);
    if (sale === undefined) throw new Error('no sale');
    const lines = sale.lines.map((line) => ({ ...line, dimensions: { class: 'toys' } }));
    await connector.post([{ ...sale, lines }]);
    const line = { location: 'LEEDS', dimensions: { class: 'toys' } };
    expect((await ledger.seen()).ledger).toEqual([
      {
        ref: sale.ref,
        date: '2026-03-02',
        sku: 'SKU-0',
        location: 'LEEDS',
        currency: 'GBP',
        lines: [
          { ...line, role: 'inventory', account: 'inventory', debit: '0.00', credit: '1.00' },
          { ...line, role: 'cogs', account: 'cogs', debit: '1.00', credit: '0.00' },
        ],
        source: sale.source,
        mapping: 'roles-1',
      },
    ]);
  });

  it('ask what is posted under many refs, a few at a time', async () => {
    const sales = salesOf(120);
    await connector.post(sales);
    const entries = await connector.entries([...refsOf(sales), 'no-such-ref']);
    expect([...entries.keys()]).toEqual(refsOf(sales));
    expect(entries.get(sales[7]?.ref ?? '')).toEqual({
      date: '2026-03-02',
      lines: [
        { account: 'inventory', amount: -100n },
        { account: 'cogs', amount: 100n },
      ],
    });
  });
});
