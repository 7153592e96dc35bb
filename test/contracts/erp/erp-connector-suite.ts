import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Currency } from '../../../src/domain/values/currency.js';
import { eventId } from '../../../src/domain/values/event-id.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import type { ErpConnector, ErpPosting } from '../../../src/ports/erp.js';
import { saleOf } from '../../erp/postings.js';

/** An ERP to hold a connector to. */
export interface ErpOnTrial {
  /** A connector as a new process would make it; what an earlier one had posted is still there. */
  connect(): Promise<ErpConnector>;
  /** Currency and a day on which the ERP takes postings. */
  readonly currency: string;
  readonly date: string;
  /** Of the location STORE-A. */
  readonly inventoryAccount: string;
  remove(): Promise<void>;
}

let number = 0;

/** What every connector promises, whatever stands behind it. */
export function describeErpConnector(name: string, open: () => Promise<ErpOnTrial>): void {
  describe(`${name}, as a connector to an ERP`, () => {
    let erp: ErpOnTrial;
    let connector: ErpConnector;
    let before: bigint;

    beforeAll(async () => {
      erp = await open();
      connector = await erp.connect();
    });
    afterAll(async () => {
      await connector.close();
      await erp.remove();
    });
    beforeEach(async () => {
      before = await inventory();
    });

    /** One that the ERP has never seen. */
    function aSale(cents = 100n, more: Partial<ErpPosting> = {}): ErpPosting {
      number += 1;
      const location = 'STORE-A' as LocationId;
      const ref = eventId(`${name} ${process.pid} ${Date.now()}`, String(number));
      const sale = saleOf(number, cents, {
        ref,
        location,
        date: erp.date,
        currency: erp.currency as Currency,
        ...more,
      });
      return { ...sale, lines: sale.lines.map((line) => ({ ...line, location })) };
    }

    const several = (count: number, more: Partial<ErpPosting> = {}) =>
      Array.from({ length: count }, () => aSale(100n, more));

    const statuses = async (postings: readonly ErpPosting[]) =>
      (await connector.post(postings)).map(({ status }) => status);

    async function inventory(): Promise<bigint> {
      const balances = (await connector.balances?.()) ?? [];
      const found = balances.find(({ account }) => account === erp.inventoryAccount);
      return found === undefined ? 0n : found.debit - found.credit;
    }

    const booked = async () => (await inventory()) - before;

    it('posts, and says so when it is there', async () => {
      const sale = aSale(1n);
      expect(await statuses([sale])).toEqual(['posted']);
      expect(await booked()).toBe(-1n);
      expect(await connector.find([sale.ref])).toEqual(new Set([sale.ref]));
    });

    it('posts once, however often it is asked', async () => {
      const [one, two, three] = [aSale(5n), aSale(7n), aSale(11n)];
      expect(await statuses([one, two, one])).toEqual(['posted', 'posted', 'duplicate']);
      expect(await statuses([two, three])).toEqual(['duplicate', 'posted']);
      expect(await booked()).toBe(-23n);
    });

    it('and a successor does not post again what it had posted', async () => {
      const sales = several(7);
      await connector.post(sales);
      await connector.close();
      connector = await erp.connect();
      expect(await statuses([...sales, aSale()])).toEqual([...Array(7).fill('duplicate'), 'posted']);
      expect(await booked()).toBe(-800n);
    });

    it('finds those that it has, and no others', async () => {
      const [there, missing] = [aSale(), aSale()];
      await connector.post([there]);
      expect(await connector.find([there.ref, missing.ref])).toEqual(new Set([there.ref]));
      expect(await connector.find([])).toEqual(new Set());
    });

    it('says what it has posted under a ref', async () => {
      const sales = [...several(20), aSale(42n)];
      await connector.post(sales);
      const last = sales.at(-1);
      const entries = await connector.entries?.([...sales.map(({ ref }) => ref), aSale().ref]);
      expect([...(entries?.keys() ?? [])].sort()).toEqual(sales.map(({ ref }) => ref).sort());
      expect(entries?.get(last?.ref ?? '')).toEqual({
        date: erp.date,
        lines: [
          { account: erp.inventoryAccount, amount: -42n },
          { account: expect.any(String), amount: 42n },
        ],
      });
    });

    it('takes two postings of one event for two', async () => {
      const first = aSale(2n);
      const second = { ...first, ref: `${first.ref}.2` };
      expect(await statuses([first, second])).toEqual(['posted', 'posted']);
      expect(await booked()).toBe(-4n);
    });

    it('takes amounts as large as a shop is', async () => {
      expect(await statuses([aSale(98_765_432_101n)])).toEqual(['posted']);
      expect(await booked()).toBe(-98_765_432_101n);
    });

    it('takes more at once than its limit, and several calls at a time', async () => {
      const calls = Array.from({ length: 6 }, (_, call) => several(11 + call, { sku: `SKU-${call}` as Sku }));
      const large = several(connector.batchLimit + 3);
      const outcomes = await Promise.all([...calls, large].map(statuses));
      expect(new Set(outcomes.flat())).toEqual(new Set(['posted']));
      expect(await booked()).toBe(-100n * BigInt(outcomes.flat().length));
    });

    it('has nothing to do for a posting without lines', async () => {
      expect(await statuses([{ ...aSale(), lines: [] }])).toEqual(['posted']);
      expect(await booked()).toBe(0n);
    });

    it('says what its accounts held on a day that is past', async () => {
      await connector.post([aSale(3n)]);
      const dayBefore = new Date(Date.parse(erp.date) - 86_400_000).toISOString().slice(0, 10);
      const then = (await connector.balances?.(dayBefore)) ?? [];
      expect(then.filter(({ debit, credit }) => debit !== 0n || credit !== 0n)).toEqual([]);
      const now = await connector.balances?.(erp.date);
      expect(now).toEqual(await connector.balances?.());
    });

    it('has a name, a mapping with a version, and limits', () => {
      expect(connector.name).toMatch(/^[a-z][a-z0-9-]*$/);
      expect(connector.mapping).toMatch(/^[a-z][a-z0-9-]*-\d+$/);
      expect(connector.batchLimit).toBeGreaterThan(0);
      expect(connector.parallel).toBeGreaterThan(0);
    });
  });
}
