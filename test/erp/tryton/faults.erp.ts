import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import type { ErpPosting } from '../../../src/ports/erp.js';
import { TrytonBehindProxy } from './behind-proxy.js';
import { aSale } from './books.js';
import { FAULTS, type Fault } from './fault-proxy.mjs';

const CREATE = 'model.account.move.create';
const POST = 'model.account.move.post';
const LOOK = 'model.account.move.search_read';

let erp: TrytonBehindProxy;
let connector: TrytonConnector;

beforeAll(async () => {
  erp = await TrytonBehindProxy.start();
});
afterAll(() => erp.stop());
beforeEach(async () => {
  erp.proxy.fault = () => undefined;
  connector = await connected();
});

async function connected(timeoutMs = 5_000): Promise<TrytonConnector> {
  const fresh = erp.connector({ timeoutMs });
  await fresh.open();
  return fresh;
}

/** So many of the next calls of the method fail like this. */
function fail(method: string, fault: Fault, times: number): void {
  let left = times;
  erp.proxy.fault = (called) => {
    if (left === 0 || called !== method) return undefined;
    left -= 1;
    return fault;
  };
}

const statuses = async (postings: readonly ErpPosting[]) =>
  (await connector.post(postings)).map(({ status }) => status);

/** As often as a delivery would, until there is nothing more to try. */
async function postUntilDone(postings: readonly ErpPosting[]): Promise<string[]> {
  for (let tries = 1; tries <= 20; tries += 1) {
    const outcomes = await statuses(postings);
    if (!outcomes.includes('retry-later')) return outcomes;
  }
  throw new Error('it never came to an end');
}

/** Each is in the ERP once, and posted. */
async function expectOnce(postings: readonly ErpPosting[]): Promise<void> {
  const refs = new Set(postings.map(({ ref }) => ref));
  const moves = (await erp.accountant.moves()).filter(({ external_ref }) => refs.has(external_ref ?? ''));
  expect(moves.map(({ state }) => state)).toEqual(postings.map(() => 'posted'));
  expect(new Set(moves.map(({ external_ref }) => external_ref))).toEqual(refs);
}

describe('a call that fails', () => {
  const cases = FAULTS.filter((fault) => fault !== 'slow').flatMap((fault) =>
    [CREATE, POST, LOOK].map((method) => [method, fault] as const),
  );
  it.each(cases)('once (%s, %s) is looked up and made good at once', async (method, fault) => {
    const sales = [aSale(), aSale(), aSale()];
    fail(method, fault, 1);
    const outcomes = await statuses(sales);
    expect(outcomes.filter((status) => status !== 'posted' && status !== 'duplicate')).toEqual([]);
    await expectOnce(sales);
  });

  it.each(cases)('again and again (%s, %s) has its effect once in the end', async (method, fault) => {
    const sales = [aSale(), aSale(), aSale()];
    fail(method, fault, 7);
    await postUntilDone(sales);
    await expectOnce(sales);
  });

  it('is looked for before anything is sent again', async () => {
    const sale = aSale();
    const lookUpFails = (method: string) => method === LOOK && erp.proxy.calls.includes(POST);
    erp.proxy.calls.length = 0;
    erp.proxy.fault = (method) => (method === POST ? 'unanswered' : lookUpFails(method) ? 'lost' : undefined);
    expect(await connector.post([sale])).toMatchObject([{ status: 'retry-later', applied: 'unknown' }]);
    erp.proxy.fault = () => undefined;
    erp.proxy.calls.length = 0;
    expect(await statuses([sale])).toEqual(['duplicate']);
    expect(erp.proxy.calls).not.toContain(CREATE);
  });

  it('takes no longer than it may: a timeout after the effect', async () => {
    const sales = [aSale(), aSale()];
    connector = await connected(700);
    fail(POST, 'slow', 1);
    erp.proxy.slowMs = 5_000;
    expect(await statuses(sales)).toEqual(['duplicate', 'duplicate']);
    await expectOnce(sales);
  });

  it('because nobody listens, has had no effect', async () => {
    const sale = aSale();
    await erp.proxy.refuse();
    expect(await connector.post([sale])).toMatchObject([{ status: 'retry-later', applied: 'no' }]);
    await expect(connector.find([sale.ref])).rejects.toThrow('cannot be reached');
    await erp.proxy.listen();
    expect(await statuses([sale])).toEqual(['posted']);
  });

  it('because the session has ended, is made again in a new one', async () => {
    erp.proxy.calls.length = 0;
    erp.proxy.expireSessions = true;
    expect(await statuses([aSale()])).toEqual(['posted']);
    expect(erp.proxy.calls.filter((method) => method === 'common.db.login')).toHaveLength(1);
    expect(erp.proxy.calls.filter((method) => method === CREATE)).toHaveLength(1);
  });
});

describe('two posters at once', () => {
  it('do not book anything twice', async () => {
    const sales = Array.from({ length: 40 }, () => aSale());
    const other = await connected();
    for (let tries = 0; tries < 5; tries += 1) {
      await Promise.all([connector.post(sales), other.post(sales), other.post([...sales].reverse())]);
    }
    expect(new Set(await statuses(sales))).toEqual(new Set(['duplicate']));
    await expectOnce(sales);
  });

  it('of which one dies between creating and posting leave nothing behind', async () => {
    const sales = Array.from({ length: 5 }, () => aSale());
    erp.proxy.fault = (method) => (method === POST ? 'lost' : undefined);
    await connector.post(sales);
    expect((await erp.accountant.moves()).filter(({ state }) => state === 'draft')).toHaveLength(5);
    erp.proxy.fault = () => undefined;
    connector = await connected();
    expect((await erp.accountant.moves()).filter(({ state }) => state === 'draft')).toEqual([]);
    expect(await statuses(sales)).toEqual(Array(5).fill('posted'));
    await expectOnce(sales);
  });
});

describe('an ERP that is killed in the middle of a batch', () => {
  it('has all of it in the end, once', async () => {
    const sales = Array.from({ length: 120 }, () => aSale());
    const posting = postUntilDone(sales.slice(0, 60)).catch(() => []);
    await new Promise((resolve) => setTimeout(resolve, 300));
    await erp.tryton.kill9();
    await posting;
    await erp.tryton.restart();
    await postUntilDone(sales);
    await expectOnce(sales);
  });
});
