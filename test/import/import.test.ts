import { execFileSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { counted, runImport } from './cli.js';
import { ExportFolder, TILL_EXPORT, till } from './export-file.js';
import { Latch, StandIn } from './stand-in.js';

const INDEPENDENT = fileURLToPath(new URL('../independent/on-hand.mjs', import.meta.url));

let folder: ExportFolder;
let service: StandIn;
const options = (): string[] => ['--url', service.url, '--key', 'till-key'];

beforeAll(async () => {
  folder = await ExportFolder.make();
});
afterAll(() => folder.remove());
beforeEach(async () => {
  service = new StandIn();
  await service.start();
});
afterEach(() => service.stop());

describe('importing a till export', () => {
  it('posts each goods line once and says what became of every row', async () => {
    const run = await runImport([TILL_EXPORT, ...options()]);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(service.onHand()).toEqual({
      '21034@United-Kingdom': -11,
      '47102B@United-Kingdom': -12,
      '47102B@Channel-Islands': -4,
      '60219@Channel-Islands': -24,
      '60219@United-Kingdom': -9,
      '33071AB@United-Kingdom': -2,
      '33071AB@Spain': -1,
    });
    expect(counted(run, 'rows read')).toBe(17);
    expect(counted(run, 'accepted')).toBe(12);
    expect(counted(run, 'duplicate')).toBe(0);
    expect(counted(run, 'skipped')).toBe(5);
    expect(counted(run, 'not goods: POST')).toBe(1);
    expect(counted(run, 'quantity is zero')).toBe(1);
    expect(counted(run, 'rejected')).toBe(0);
    expect(service.keys).toEqual(new Set(['Bearer till-key']));
  });

  it('comes to the same stock as a computation that shares no code with it', async () => {
    await runImport([TILL_EXPORT, ...options(), '--opening', '40']);
    const computed = execFileSync(process.execPath, [INDEPENDENT, TILL_EXPORT, '--opening', '40'], {
      encoding: 'utf8',
    });
    expect(JSON.parse(computed)).toEqual(service.onHand());
  });

  it('run again, finds everything there already', async () => {
    await runImport([TILL_EXPORT, ...options(), '--opening', '40']);
    const stock = service.onHand();
    const again = await runImport([TILL_EXPORT, ...options(), '--opening', '40']);
    expect(again.code).toBe(0);
    expect(counted(again, 'accepted')).toBe(0);
    expect(counted(again, 'duplicate')).toBe(12);
    expect(counted(again, 'of them duplicate')).toBe(counted(again, 'opening receipts'));
    expect(service.onHand()).toEqual(stock);
  });

  it('reads a gzip just the same', async () => {
    const packed = await folder.write('till.csv.gz', gzipSync(await readFile(TILL_EXPORT)));
    const run = await runImport([packed, ...options()]);
    expect(run.code).toBe(0);
    expect(counted(run, 'accepted')).toBe(12);
  });

  it('takes identical lines of an invoice for several sales, wherever they stand in the file', async () => {
    await runImport([TILL_EXPORT, ...options()]);
    const teapots = service.movements.filter(({ id }) => id.startsWith('pos:700001:21034:'));
    expect(teapots.map(({ id, quantity }) => [id, quantity])).toEqual([
      ['pos:700001:21034:1', 6],
      ['pos:700001:21034:2', 6],
      ['pos:700001:21034:3', 1],
    ]);
  });

  it('finds columns by name, whatever their order, line ends and byte order mark', async () => {
    const file = await folder.write(
      'other.csv',
      '\uFEFFCountry,note,quantity,stock_code,unit_price,invoice_no,invoice_date,description\r\n' +
        '"Spain",x,3,21034,1.00,700001,2011-03-01T09:10,"TEAPOT,\r\nBLUE"\r\n',
    );
    expect(await runImport([file, ...options()])).toMatchObject({ code: 0 });
    expect(service.onHand()).toEqual({ '21034@Spain': -3 });
  });
});

describe('--opening', () => {
  it('puts a receipt before the first line of a SKU at a location, costed by the first price in the whole file', async () => {
    await runImport([TILL_EXPORT, ...options(), '--opening', '40', '--currency', 'EUR']);
    const jars = service.movements.filter(({ sku }) => sku === '33071AB');
    const receipt = { id: 'opening:33071AB', type: 'receipt', quantity: 40, unitCost: '0.75', currency: 'EUR' };
    const inUk = jars.filter(({ location }) => location === 'United-Kingdom');
    // Its own first line is free of charge; the price stands further down, at another location.
    expect(inUk).toEqual([
      expect.objectContaining({ ...receipt, occurredAt: '2011-03-02T13:00:00+00:00' }),
      expect.objectContaining({ type: 'sale' }),
    ]);
    const inSpain = jars.filter(({ location }) => location === 'Spain');
    expect(inSpain[0]).toMatchObject({ ...receipt, occurredAt: '2011-03-03T08:30:00+00:00' });
  });

  it('costs a cent where a SKU has no price above zero', async () => {
    await runImport([await folder.export([till({ price: '0' })]), ...options(), '--opening', '5']);
    expect(service.movements[0]).toMatchObject({ type: 'receipt', unitCost: '0.01', currency: 'GBP' });
  });

  it('reports a price it cannot read instead of costing without it', async () => {
    const run = await runImport([await folder.export([till({ price: 'free' })]), ...options(), '--opening', '5']);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('line 2: unit_price "free"');
  });
});

describe('a long export', () => {
  const lines = Array.from({ length: 6_000 }, (_, index) =>
    till({ invoice: `${700_000 + index}`, code: `${10_000 + (index % 37)}`, quantity: 1 + (index % 5) }),
  );
  const inFileOrder = (): void => {
    const last = new Map<string, number>();
    for (const { sku, reference } of service.movements) {
      expect(Number(reference)).toBeGreaterThan(last.get(sku) ?? 0);
      last.set(sku, Number(reference));
    }
    expect(last.size).toBe(37);
  };

  it('goes in batches of at most 1,000, several at once, each SKU and location in file order', async () => {
    const twoInFlight = new Latch();
    // The first answer waits for a second request: one at a time would never end.
    service.gate = () => {
      if (service.batches.length >= 2) twoInFlight.open();
      return twoInFlight.opened;
    };
    expect(await runImport([await folder.export(lines), ...options()])).toMatchObject({ code: 0 });
    expect(Math.max(...service.batches.map(({ length }) => length))).toBe(1_000);
    expect(service.movements).toHaveLength(6_000);
    inFileOrder();
  });

  it('keeps that order when requests and answers get lost', async () => {
    service.faults.push(
      { kind: 'lose-request' },
      { kind: 'answer', status: 503 },
      { kind: 'lose-answer' },
      { kind: 'lose-request' },
    );
    expect(await runImport([await folder.export(lines), ...options()])).toMatchObject({ code: 0 });
    expect(service.movements).toHaveLength(6_000);
    inFileOrder();
  });
});
