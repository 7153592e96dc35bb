import { copyFile, mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync, type DatabaseSyncInstance } from '@photostructure/sqlite';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Column } from '../../src/adapters/event-store/embedded/storage/column.js';
import { EventFile } from '../../src/adapters/event-store/embedded/storage/event-file.js';
import type { EventRow } from '../../src/adapters/event-store/embedded/storage/event-rows.js';
import { verifyFile } from '../../src/adapters/event-store/embedded/tools/verify.js';
import { NodeProcess } from '../contracts/event-store/support.js';
import { eventstore, fill } from './support.js';

const FLIPS = 200;
const PAGE = { events: 64, bytes: 262_144 };

let folder = '';
let original = '';
let content: ReadonlyMap<number, string> = new Map();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-test-damage-'));
  const node = await NodeProcess.start({ directory: folder });
  await fill(node.url);
  await node.stop();
  original = join(folder, 'events.db');
  content = new Map(contentOf(original).map((event) => [event.position, asText(event)]));
}, 60_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

/** A flipped bit may make a text of what was bytes, or bytes of a text: who reads them is told the same. */
const bytesOf = (column: Column) => Buffer.from(typeof column === 'string' ? new TextEncoder().encode(column) : column);
const asText = ({ metadata, data, ...event }: EventRow) =>
  JSON.stringify({ ...event, metadata: bytesOf(metadata).toString('hex'), data: bytesOf(data).toString('hex') });

/** As a node reads it: all events in order, then each stream. */
function contentOf(path: string): EventRow[] {
  const file = new EventFile(path);
  try {
    const read: EventRow[] = [];
    const streams = new Set<number>();
    for (let from = 0, more = true; more; ) {
      const page = file.allForwards(from, Number.MAX_SAFE_INTEGER, PAGE);
      for (const event of page.events) streams.add(event.stream);
      read.push(...page.events);
      from = (page.events.at(-1)?.position ?? from) + 1;
      more = page.more;
    }
    for (const stream of streams) {
      expect(file.findStream(file.streamName(stream))).toBe(stream);
      read.push(...file.streamForwards(stream, 0, Number.MAX_SAFE_INTEGER, 0, { events: 1_000, bytes: 1e9 }).events);
    }
    return read;
  } finally {
    file.close();
  }
}

async function damagedCopy(): Promise<string> {
  const directory = await mkdtemp(join(folder, 'copy-'));
  await copyFile(original, join(directory, 'events.db'));
  return directory;
}

/** What the program says of a file changed by hand. */
async function verified(change: (file: DatabaseSyncInstance) => void) {
  const directory = await damagedCopy();
  const file = new DatabaseSync(join(directory, 'events.db'), { enableForeignKeyConstraints: false });
  file.exec('DROP TRIGGER event_never_changes; DROP TRIGGER event_never_goes');
  change(file);
  file.close();
  return eventstore('verify', directory);
}

test('a file that nobody has touched is intact, and what it holds is told', async () => {
  const { code, out } = await eventstore('verify', folder);
  expect(out).toContain('Intact: ');
  expect(out).toContain('identity 7e57ab1e-0000-4000-8000-000000000001');
  expect(code).toBe(0);
  const told = await eventstore('verify', folder, '--json');
  expect(JSON.parse(told.out)).toMatchObject({ intact: true, differences: [], events: content.size });
});

test('a node may write meanwhile', async () => {
  const directory = await damagedCopy();
  const node = await NodeProcess.start({ directory });
  const [{ code, out }] = await Promise.all([eventstore('verify', directory), fill(node.url, 20, 'Bern')]);
  expect(out).toContain('Intact: ');
  expect(code).toBe(0);
  await node.kill9();
  expect((await eventstore('verify', directory)).code).toBe(0);
});

test(`a byte flipped at ${FLIPS} places is found, or changes nothing; a wrong event is never read`, async () => {
  const bytes = await readFile(original);
  const directory = await mkdtemp(join(folder, 'flips-'));
  const path = join(directory, 'events.db');
  let found = 0;
  for (let flip = 0; flip < FLIPS; flip++) {
    const at = Math.floor(((flip + Math.random()) / FLIPS) * bytes.length);
    const copy = Buffer.from(bytes);
    copy[at] = (copy[at] ?? 0) ^ (1 << (flip % 8));
    for (const left of ['-wal', '-shm']) await rm(path + left, { force: true });
    await writeFile(path, copy);
    const isIntact = isProved(path);
    if (!isIntact) found += 1;
    let read: EventRow[] | undefined;
    try {
      read = contentOf(path);
    } catch {
      read = undefined;
    }
    const wrong = read?.filter((event) => content.get(event.position) !== asText(event));
    expect(wrong ?? [], `byte ${at}, bit ${flip % 8}`).toEqual([]);
    if (isIntact) expect(new Set(read?.map(({ position }) => position)).size, `byte ${at}`).toBe(content.size);
  }
  expect(found).toBeGreaterThan(FLIPS / 2);
}, 120_000);

function isProved(path: string): boolean {
  try {
    return verifyFile(path, () => undefined).differences.length === 0;
  } catch {
    return false;
  }
}

describe('what a person or a program changed is named', () => {
  test('an event changed', async () => {
    const { code, out } = await verified((file) =>
      file.exec(`UPDATE event SET data = replace(data, '"round":0', '"round":7') WHERE position = 42`),
    );
    expect(out).toMatch(/stream stock-\d+@Zürich, revision \d+, position 42: it is not as it was written/);
    expect(code).toBe(1);
  });

  test('an event taken away', async () => {
    const { code, out } = await verified((file) => file.exec('DELETE FROM event WHERE position = 50'));
    expect(out).toContain('position 51: the event before it is missing');
    expect(out).toContain('position 50: the lookup names an event that is not there');
    expect(code).toBe(1);
  });

  test('the end of a stream taken away everywhere', async () => {
    const { code, out } = await verified((file) =>
      file.exec(`DELETE FROM lookup WHERE position = 60; DELETE FROM event WHERE position = 60`),
    );
    expect(out).toContain('position 61: the event before it is missing');
    expect(code).toBe(1);
  });

  test('the lookup emptied', async () => {
    const { code, out } = await verified((file) => file.exec('DELETE FROM lookup'));
    expect(out).toContain('the lookup does not know its revision');
    expect(out).toContain('There is more that differs.');
    expect(code).toBe(1);
  });

  test('an id that can no longer be found', async () => {
    const { code, out } = await verified((file) => file.exec("DELETE FROM lookup WHERE position = 60 AND key >= x''"));
    expect(out).toMatch(/position 60: the lookup does not know its id/);
    expect(code).toBe(1);
  });

  test('a stream renamed', async () => {
    const { code, out } = await verified((file) =>
      file.exec(`UPDATE stream SET name = 'stock-x' WHERE name = 'stock-9@Zürich'`),
    );
    expect(out).toContain('is not as it was written: stock-x');
    expect(code).toBe(1);
  });

  test('streams emptied', async () => {
    const { code, out } = await verified((file) => file.exec('DELETE FROM stream'));
    expect(out).toContain('its stream has no name');
    expect(code).toBe(1);
  });

  test('what keeps events from being changed, taken away or made to do nothing', async () => {
    const gone = await verified(() => undefined);
    expect(gone.out).toContain('the layout of event_never_changes is not as it was written');
    expect(gone.code).toBe(1);
    const toothless = await verified((file) =>
      file.exec('CREATE TRIGGER event_never_changes BEFORE UPDATE ON event BEGIN SELECT 1; END'),
    );
    expect(toothless.out).toContain('the layout of event_never_changes is not as it was written');
  });

  test('an index that is none of the store', async () => {
    const { out, code } = await verified((file) => file.exec('CREATE INDEX mine ON event (created)'));
    expect(out).toContain("mine is none of the store's");
    expect(code).toBe(1);
  });

  test('a file cut short', async () => {
    const directory = await damagedCopy();
    await truncate(join(directory, 'events.db'), 40_960);
    const { code, out } = await eventstore('verify', directory);
    expect(out).toContain('DAMAGED');
    expect(code).toBe(1);
  });

  test('nothing there, and no event store', async () => {
    const directory = await mkdtemp(join(folder, 'empty-'));
    expect(await eventstore('verify', directory)).toMatchObject({ code: 1 });
    await writeFile(join(directory, 'events.db'), 'stock;quantity\nA;1\n'.repeat(1_000));
    expect(await eventstore('verify', directory)).toMatchObject({ code: 1 });
  });
});

describe('a write-ahead log that is gone after a crash', () => {
  test('is missed by the proof and by the next start', async () => {
    const directory = await mkdtemp(join(folder, 'log-'));
    const node = await NodeProcess.start({ directory });
    await fill(node.url, 10);
    await node.kill9();
    expect((await eventstore('verify', directory)).code).toBe(0);
    const log = join(directory, 'events.db-wal');
    const bytes = await readFile(log);
    // From its middle on the log is not what was written: SQLite takes it to end there.
    bytes[Math.floor(bytes.length / 2)] = (bytes[Math.floor(bytes.length / 2)] ?? 0) ^ 1;
    await writeFile(log, bytes);
    const { code, out } = await eventstore('verify', directory);
    expect(out).toContain('the write-ahead log is missing or damaged');
    expect(code).toBe(1);
    const start = await eventstore('--data', directory, '--port', '0');
    expect(start.errors).toContain('is missing or damaged');
    expect(start.code).toBe(1);
  });
});
