import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, copyFile, mkdtemp, readFile, rename, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { JournalFileConnector } from '../../src/adapters/erp/journal-file/journal-file-connector.js';
import { JournalDamaged } from '../../src/adapters/erp/journal-file/scan.js';
import type { Currency } from '../../src/domain/values/currency.js';
import type { ErpPosting } from '../../src/ports/erp.js';
import type { Log } from '../../src/ports/log.js';
import { balances, hledger } from './hledger.js';
import { saleOf, sales } from './postings.js';

let folder: string;
let journal: string;
let warnings: { message: string; facts: unknown }[];
let open: JournalFileConnector[];
const log: Log = { info: () => {}, warn: (message, facts) => warnings.push({ message, facts }), error: () => {} };

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-journal-'));
  journal = join(folder, 'postings.journal');
  warnings = [];
  open = [];
});
afterEach(async () => {
  await Promise.all(open.map((connector) => connector.close()));
  await rm(folder, { recursive: true });
});

async function connectorOf(path = journal): Promise<JournalFileConnector> {
  const connector = new JournalFileConnector(path, log, { lockPatienceMs: 200 });
  await connector.open();
  open.push(connector);
  return connector;
}

/** What is left of the file when the process dies now, opened by the next one. */
async function afterCrash(): Promise<{ path: string; connector: JournalFileConnector }> {
  const path = join(folder, `crashed-${open.length}.journal`);
  await copyFile(journal, path);
  return { path, connector: await connectorOf(path) };
}

const statuses = async (connector: JournalFileConnector, postings: readonly ErpPosting[]) =>
  (await connector.post(postings)).map(({ status }) => status);

describe('a posting in the journal', () => {
  it('is a transaction that says where it comes from', async () => {
    const connector = await connectorOf();
    expect(await statuses(connector, [saleOf(7)])).toEqual(['posted']);
    const text = await readFile(journal, 'utf8');
    const { ref } = saleOf(7);
    expect(text.slice(text.indexOf('2026'))).toBe(
      `2026-03-02 Sold | till-7  ; ref:${ref}, sku:MUG-1, location:LEEDS, source:stock-MUG-1@LEEDS/7\n` +
        '    assets:inventory:LEEDS  -1.53 GBP\n' +
        '    expenses:cogs  1.53 GBP\n\n',
    );
    await hledger(journal, 'check');
    expect(await balances(journal, `tag:ref=^${ref}$`)).toEqual({
      'assets:inventory:LEEDS': '-1.53 GBP',
      'expenses:cogs': '1.53 GBP',
    });
  });

  it('has the places of its currency', async () => {
    const connector = await connectorOf();
    const inCurrency = (number: number, currency: string) => saleOf(number, 1_234n, { currency: currency as Currency });
    await connector.post([inCurrency(1, 'JPY'), inCurrency(2, 'KWD'), inCurrency(3, 'CLF')]);
    await hledger(journal, 'check');
    expect(await balances(journal, 'expenses')).toEqual({ 'expenses:cogs': '0.1234 CLF, 1234 JPY, 1.234 KWD' });
  });

  it('is written once, however often it is posted', async () => {
    const connector = await connectorOf();
    expect(await statuses(connector, [saleOf(1), saleOf(2), saleOf(1)])).toEqual(['posted', 'posted', 'duplicate']);
    expect(await statuses(connector, [saleOf(2), saleOf(3)])).toEqual(['duplicate', 'posted']);
    const next = await afterCrash();
    expect(await statuses(next.connector, [saleOf(1), saleOf(2), saleOf(3)])).toEqual(Array(3).fill('duplicate'));
    expect(await balances(next.path, 'expenses')).toEqual({ 'expenses:cogs': '4.59 GBP' });
  });

  it('can be found by its ref, also the second part of one event', async () => {
    const connector = await connectorOf();
    const second = { ...saleOf(1), ref: `${saleOf(1).ref}.2` };
    await connector.post([saleOf(1), second]);
    const refs = [saleOf(1).ref, second.ref];
    expect(await connector.find([...refs, saleOf(9).ref, `${saleOf(1).ref}.3`])).toEqual(new Set(refs));
  });

  it('goes in with what others post at the same time, each in its order', async () => {
    const connector = await connectorOf();
    const all = sales(2_000);
    const parts = [all.slice(0, 500), all.slice(500, 1_000), all.slice(1_000, 1_500), all.slice(1_500)];
    await Promise.all(parts.map((part) => connector.post(part)));
    const text = await readFile(journal, 'utf8');
    expect([...text.matchAll(/ref:([^,]+)/g)].map(([, ref]) => ref)).toEqual(all.map(({ ref }) => ref));
  });
});

describe('a torn tail', () => {
  it('is cut off at whatever byte the crash came', async () => {
    const connector = await connectorOf();
    await connector.post(sales(2));
    const whole = (await stat(journal)).size;
    await connector.post([saleOf(2)]);
    const { size } = await stat(journal);
    for (let end = whole + 1; end < size; end += 7) {
      const path = join(folder, `torn-${end}.journal`);
      await copyFile(journal, path);
      await truncate(path, end);
      const mended = new JournalFileConnector(path, log, { lockPatienceMs: 200 });
      await mended.open();
      expect((await stat(path)).size).toBe(whole);
      expect(await statuses(mended, sales(3))).toEqual(['duplicate', 'duplicate', 'posted']);
      await mended.close();
      expect(await readFile(path)).toEqual(await readFile(journal));
    }
    expect(new Set(warnings.map(({ message }) => message))).toEqual(
      new Set(['the journal ended in a torn transaction, which was cut off']),
    );
  });

  it.each([
    ['half a header', (text: string) => text.slice(0, 20)],
    ['blocks that were never written', (text: string) => `${text}${'\0'.repeat(300)}\n\n`],
    [
      'lines that do not balance',
      (text: string) => `${text}2026-03-03 Sold | x  ; ref:x, sku:y\n    expenses:cogs  1.00 GBP\n\n`,
    ],
  ])('is cut off when it is %s', async (_, tear) => {
    const connector = await connectorOf();
    await connector.close();
    await writeFile(journal, tear(await readFile(journal, 'utf8')));
    const mended = await connectorOf();
    await mended.post(sales(2));
    await hledger(journal, 'check');
    expect(await balances(journal, 'expenses')).toEqual({ 'expenses:cogs': '3.06 GBP' });
  });

  it('in the middle of the file is not a tail: nothing is touched until a person has looked', async () => {
    const connector = await connectorOf();
    await connector.post(sales(3));
    await connector.close();
    const damaged = (await readFile(journal, 'utf8')).replace('1.53 GBP', '1.35 GBP');
    await writeFile(journal, damaged);
    const refusing = new JournalFileConnector(journal, log, { lockPatienceMs: 200 });
    open.push(refusing);
    await expect(refusing.open()).rejects.toThrow(JournalDamaged);
    expect(await readFile(journal, 'utf8')).toBe(damaged);
  });
});

describe('the file belongs to one process', () => {
  it('and a second one is refused until the first has ended', async () => {
    const connector = await connectorOf();
    const second = new JournalFileConnector(journal, log, { lockPatienceMs: 200 });
    await expect(second.open()).rejects.toThrow('held by another process');
    await connector.close();
    await second.open();
    open.push(second);
    expect(await statuses(second, [saleOf(1)])).toEqual(['posted']);
  });

  it('also when the first one is killed', async () => {
    const holder = `
      import { DatabaseSync } from '@photostructure/sqlite';
      globalThis.held = new DatabaseSync(process.argv[1]);
      held.exec('BEGIN EXCLUSIVE');
      console.log('held');
      setInterval(() => {}, 1_000);`;
    const first = spawn(process.execPath, ['--input-type=module', '--eval', holder, `${journal}.lock`]);
    await once(first.stdout, 'data');
    const second = new JournalFileConnector(journal, log, { lockPatienceMs: 200 });
    await expect(second.open()).rejects.toThrow('held by another process');
    first.kill('SIGKILL');
    await once(first, 'exit');
    await second.open();
    open.push(second);
    expect(await statuses(second, [saleOf(1)])).toEqual(['posted']);
  });

  it('which writes nothing into a file that is not as it left it', async () => {
    const connector = await connectorOf();
    await connector.post([saleOf(1)]);
    await appendFile(journal, '; a note\n\n');
    expect(await connector.post([saleOf(2)])).toMatchObject([{ status: 'retry-later', applied: 'unknown' }]);
    await connector.open();
    expect(await statuses(connector, [saleOf(1), saleOf(2)])).toEqual(['duplicate', 'posted']);
    const moved = join(folder, 'moved-away.journal');
    await rename(journal, moved);
    expect(await connector.post([saleOf(3)])).toMatchObject([{ status: 'retry-later' }]);
    await copyFile(moved, journal);
    await connector.open();
    await rename(moved, journal);
    expect(await connector.post([saleOf(3)])).toMatchObject([{ status: 'retry-later' }]);
    await connector.open();
    expect(await statuses(connector, [saleOf(1), saleOf(3)])).toEqual(['duplicate', 'posted']);
  });
});

describe('the assertions beside the journal', () => {
  const assertions = () => join(folder, 'postings.assertions.journal');

  it('hold for what was posted, and fail when one cent is off', async () => {
    const connector = await connectorOf();
    await connector.post([...sales(3), saleOf(4, 100n, { date: '2026-02-27', currency: 'EUR' as Currency })]);
    await connector.writeAssertions();
    await hledger(assertions(), 'check');
    const text = await readFile(assertions(), 'utf8');
    expect(text).toContain('2026-03-02 Balances\n    assets:inventory:LEEDS  0 EUR = -1.00 EUR\n');
    await writeFile(assertions(), text.replace('= 4.59 GBP', '= 4.60 GBP'));
    await expect(hledger(assertions(), 'check')).rejects.toThrow('balance assertion');
  });

  it('are written at the end, and gone as soon as more is posted', async () => {
    const connector = await connectorOf();
    await connector.post(sales(3));
    await connector.close();
    await hledger(assertions(), 'check');
    await connectorOf();
    await expect(stat(assertions())).rejects.toThrow('ENOENT');
  });

  it('hold for an empty journal', async () => {
    await (await connectorOf()).close();
    await hledger(assertions(), 'check');
  });
});
