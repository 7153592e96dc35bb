import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { counted, runImport, startImport } from './cli.js';
import { ExportFolder, TILL_EXPORT, till } from './export-file.js';
import { Latch, StandIn } from './stand-in.js';

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

describe('a service in trouble', () => {
  it('whose answer is lost is asked again, and what it stored comes back as duplicate', async () => {
    service.faults.push({ kind: 'lose-answer' }, { kind: 'lose-answer' });
    const run = await runImport([TILL_EXPORT, ...options()]);
    expect(run.code).toBe(0);
    expect((counted(run, 'accepted') ?? 0) + (counted(run, 'duplicate') ?? 0)).toBe(12);
    expect(counted(run, 'duplicate')).toBeGreaterThan(0);
    expect(service.movements).toHaveLength(12);
  });

  it.each([
    { kind: 'lose-request' },
    { kind: 'answer', status: 503 },
    { kind: 'answer', status: 500 },
    { kind: 'answer', status: 429, retryAfter: '1' },
  ] as const)('that gives $kind $status is asked again', async (fault) => {
    service.faults.push(fault);
    const run = await runImport([TILL_EXPORT, ...options()]);
    expect(run.code).toBe(0);
    expect(counted(run, 'accepted')).toBe(12);
  });

  it('that is killed in mid-request and comes back is asked again', async () => {
    const asked = new Latch();
    service.gate = () => {
      asked.open();
      return new Promise(() => {});
    };
    const running = startImport([TILL_EXPORT, ...options()]);
    await asked.opened;
    await service.stop();
    service.gate = async () => {};
    await service.start();
    expect(await running.finished).toMatchObject({ code: 0 });
    expect(service.movements).toHaveLength(12);
  });

  it('that stays away is given up on after the patience asked for, saying how far it got', async () => {
    await service.stop();
    const run = await runImport([TILL_EXPORT, ...options(), '--patience-seconds', '0.3']);
    expect(run.code).toBe(1);
    expect(counted(run, 'read, not posted')).toBe(12);
    expect(run.stderr).toMatch(/Stopped after 17 rows: .*ECONNREFUSED.*0\.3 s/);
    expect(run.stderr).toContain('Run it again');
  });

  it('that asks for more patience than there is is given up on at once', async () => {
    service.faults.push({ kind: 'answer', status: 429, retryAfter: '3600' });
    const run = await runImport([TILL_EXPORT, ...options()]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('answers 429');
  });

  it.each([
    [401, 'give a --key'],
    [403, 'give a --key'],
    [404, 'is --url the service?'],
    [301, 'is --url the service?'],
    [200, 'is --url the service?'],
  ])('that answers %i is not asked again, and the user told what to do', async (status, advice) => {
    service.faults.push(...Array.from({ length: 4 }, () => ({ kind: 'answer', status }) as const));
    const run = await runImport([TILL_EXPORT, ...options()]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(advice);
    expect(service.movements).toHaveLength(0);
    expect(service.batches.length).toBeLessThanOrEqual(4);
  });

  it('that rejects a line is quoted with the line number, and the other lines stand', async () => {
    service.rejects = ({ quantity }) => (quantity > 1_000_000_000 ? 'quantity must be at most 1000000000' : undefined);
    const file = await folder.export([till({}), till({ quantity: 1_000_000_001 }), till({})]);
    const run = await runImport([file, ...options()]);
    expect(run.code).toBe(1);
    expect(counted(run, 'accepted')).toBe(2);
    expect(counted(run, 'rejected')).toBe(1);
    expect(run.stdout).toContain('line 3: quantity must be at most 1000000000');
  });

  it('that rejects an opening receipt fails the import', async () => {
    service.rejects = ({ type }) => (type === 'receipt' ? 'currency is not known' : undefined);
    const run = await runImport([await folder.export([till({})]), ...options(), '--opening', '5']);
    expect(run.code).toBe(1);
    expect(counted(run, 'accepted')).toBe(1);
    expect(run.stdout).toContain('line 2: opening receipt: currency is not known');
  });
});

describe('a user who interrupts', () => {
  it('is told how far it got, and can run it again', async () => {
    const asked = new Latch();
    service.gate = () => {
      asked.open();
      return new Promise(() => {});
    };
    const running = startImport([TILL_EXPORT, ...options()]);
    await asked.opened;
    running.interrupt();
    const stopped = await running.finished;
    expect(stopped.code).toBe(1);
    expect(stopped.stderr).toContain('interrupted by SIGINT');
    service.gate = async () => {};
    expect(await runImport([TILL_EXPORT, ...options()])).toMatchObject({ code: 0 });
    expect(service.movements).toHaveLength(12);
  });
});

describe('a file in trouble', () => {
  it('has each bad line told by its number, and its good lines posted', async () => {
    const file = await folder.export([
      till({}),
      till({ quantity: 'six' }),
      till({ date: '12/1/2010 8:26' }),
      '700001,21034,TEAPOT,1',
      till({ quantity: '9007199254740993' }),
      till({ description: '"TWO\nLINES"' }),
      till({ country: '?' }),
      '',
      till({}),
    ]);
    const run = await runImport([file, ...options()]);
    expect(run.code).toBe(1);
    expect(counted(run, 'rejected')).toBe(5);
    expect(counted(run, 'accepted')).toBe(3);
    const told = run.stdout.split('\n').filter((line) => line.startsWith('  line '));
    expect(told).toEqual([
      '  line 3: quantity "six" is no whole number',
      '  line 4: invoice_date "12/1/2010 8:26" is no local time such as 2010-12-01T08:26',
      '  line 5: 4 fields where the header has 8',
      '  line 6: quantity 9007199254740993 is out of range',
      '  line 9: country "?" makes no location name',
    ]);
  });

  it('keeps the ids of its other lines when a bad one is mended', async () => {
    const after = till({ quantity: 2 });
    await runImport([await folder.export([till({ quantity: 'one' }), after]), ...options()]);
    const mended = await runImport([await folder.export([till({ quantity: '1' }), after]), ...options()]);
    expect(mended.code).toBe(0);
    expect([counted(mended, 'accepted'), counted(mended, 'duplicate')]).toEqual([1, 1]);
    expect(service.onHand()).toEqual({ '21034@Spain': -3 });
  });

  it.each([
    [
      'a column missing',
      'invoice_no,stock_code,description,invoice_date,unit_price,country\n',
      'line 1: no column quantity',
    ],
    [
      'a column twice',
      'invoice_no,stock_code,description,quantity,quantity,invoice_date,unit_price,country\n',
      'quantity is there twice',
    ],
    ['nothing in it', '', 'is empty'],
  ])('with %s is refused before anything is posted', async (_, content, message) => {
    const run = await runImport([await folder.write('refused.csv', content), ...options()]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain(message);
    expect(service.batches).toHaveLength(0);
  });

  it('that is not there is said so', async () => {
    const run = await runImport([`${folder.path}/none.csv`, ...options()]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('no such file');
  });

  it.each<[string, (packed: Buffer) => Buffer]>([
    ['cut off', (packed) => packed.subarray(0, packed.length >> 1)],
    ['damaged inside', (packed) => packed.fill(0x55, packed.length >> 1, (packed.length >> 1) + 2)],
    ['that is none', () => Buffer.from('invoice_no,stock_code')],
  ])('a gzip %s is refused before anything is posted', async (_, damage) => {
    const packed = folder.packed(Array.from({ length: 3_000 }, (_, index) => till({ invoice: `${index * 7919}` })));
    const run = await runImport([await folder.write('broken.csv.gz', damage(packed)), ...options()]);
    expect(run.code).toBe(1);
    expect(run.stderr).toMatch(/broken gzip after line \d+/);
    expect(service.batches).toHaveLength(0);
  });

  it('with a quote never closed stops there, with what stood before it posted', async () => {
    const before = Array.from({ length: 100 }, (_, index) => till({ invoice: `${700_000 + index}` }));
    const after = Array.from({ length: 5_000 }, () => till({}));
    const run = await runImport([
      await folder.export([...before, till({ description: '"TEAPOT' }), ...after]),
      ...options(),
    ]);
    expect(run.code).toBe(1);
    expect(run.stderr).toContain('line 102: a quote');
    expect(service.movements).toHaveLength(counted(run, 'rows read') ?? -1);
  });

  it('whose stray quotes glue two lines together has neither posted as the other', async () => {
    const file = await folder.export([till({ description: '"TEAPOT' }), till({ description: '"CUP"' }), till({})]);
    const run = await runImport([file, ...options()]);
    expect(run.code).toBe(1);
    expect(run.stdout).toContain('line 2: a quote');
    expect(service.movements).toHaveLength(1);
  });
});
