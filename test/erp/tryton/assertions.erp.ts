import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { assertionsJournal } from '../../../src/adapters/erp/journal-file/balances.js';
import { JournalFileConnector } from '../../../src/adapters/erp/journal-file/journal-file-connector.js';
import { TRYTON_CHART } from '../../../src/adapters/erp/tryton/default-chart.js';
import { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import type { AccountRole } from '../../../src/domain/valuation/accounts.js';
import { ACCOUNT_ROLES } from '../../../src/domain/valuation/accounts.js';
import type { LocationId } from '../../../src/domain/values/identifiers.js';
import type { ErpBalance } from '../../../src/ports/erp.js';
import { QUIET } from '../../projections-valuation/shop.js';
import { hledger } from '../hledger.js';
import { aSale, dayOf } from './books.js';
import { Tryton } from './tryton.mjs';

let folder: string;
let tryton: Tryton;
let books: TrytonConnector;
let journal: JournalFileConnector;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-assertions-'));
  tryton = await Tryton.start();
  books = new TrytonConnector(tryton.account, QUIET);
  journal = new JournalFileConnector(join(folder, 'postings.journal'), QUIET, { chart: TRYTON_CHART });
  await Promise.all([books.open(), journal.open()]);
  const postings = Array.from({ length: 60 }, (_, index) => anyPosting(index));
  await Promise.all([books.post(postings), journal.post(postings)]);
});
afterAll(async () => {
  await journal.close();
  await tryton.stop();
  await rm(folder, { recursive: true });
});

/** Between two accounts, at either store, in either direction, over the year. */
function anyPosting(index: number) {
  const location = (index % 3 === 0 ? 'STORE-B' : 'STORE-A') as LocationId;
  const amount = BigInt((index % 2 === 0 ? 1 : -1) * (index * 137 + 1));
  const role = (at: number): AccountRole => ACCOUNT_ROLES[at % ACCOUNT_ROLES.length] ?? 'inventory';
  const lines = [
    { role: role(index), location, amount },
    { role: role(index + 1 + (index % 5)), location, amount: -amount },
  ];
  return aSale({ lines, date: dayOf(1 + (index % 12)) });
}

/** What the ERP holds, as assertions about the journal. @returns the path of the file */
async function assertionsOfErp(change: (text: string) => string = (text) => text): Promise<string> {
  const path = join(folder, 'erp.assertions.journal');
  const date = `${new Date().getFullYear()}-12-31`;
  const known = new Set(Object.values(TRYTON_CHART.accounts).flatMap((rules) => rules.map(({ account }) => account)));
  const balances = (await books.balances(date)).filter(({ account }) => known.has(account));
  await writeFile(path, change(assertionsJournal(basename(join(folder, 'postings.journal')), date, balances)));
  return path;
}

/** The journal keeps the locations of lines, which Tryton does not. */
function byAccount(balances: readonly ErpBalance[]): ErpBalance[] {
  const sums = new Map<string, ErpBalance>();
  for (const { account, currency, debit, credit } of balances) {
    const sum = sums.get(account) ?? { account, currency, debit: 0n, credit: 0n };
    sums.set(account, { ...sum, debit: sum.debit + debit, credit: sum.credit + credit });
  }
  return [...sums.values()];
}

describe('the journal, checked against what the ERP says of its accounts', () => {
  it('agrees to the cent', async () => {
    const path = await assertionsOfErp();
    expect(await readFile(path, 'utf8')).toMatch(/1401 {2}0 EUR = -?\d+\.\d\d EUR/);
    await hledger(path, 'check');
  });

  it.each(['1400', '1401', '1450', '2150', '2160', '5000', '5100', '5200'])(
    'does not when %s is one cent off',
    async (account) => {
      const path = await assertionsOfErp((text) =>
        text.replace(new RegExp(`(    ${account}  0 EUR = .*?)(\\d) EUR`), (_, head, digit) => {
          return `${head}${(Number(digit) + 1) % 10} EUR`;
        }),
      );
      await expect(hledger(path, 'check')).rejects.toThrow(/assertion/);
    },
  );

  it('knows what it held in the middle of the year', async () => {
    const date = dayOf(6);
    const inErp = await books.balances(date);
    const inJournal = byAccount(await journal.balances(date));
    expect(inJournal).toHaveLength(8);
    for (const balance of inJournal) expect(inErp).toContainEqual(balance);
  });
});
