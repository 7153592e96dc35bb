import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { EventFile, PAGE_BYTES } from '../../src/adapters/event-store/embedded/storage/event-file.js';
import type { EventPage } from '../../src/adapters/event-store/embedded/storage/event-rows.js';
import { NodeProcess } from '../contracts/event-store/support.js';
import { fill } from './support.js';

/** Of SQLite's file format: the first byte of an inner page of a table, and where its list of cells begins. */
const INNER_PAGE = 5;
const CELLS_AT = 12;
/** A cell begins with the number of the page that it leads to. */
const KEY_AT = 4;
const KEY_BYTES = 2;
const ONE = { events: 1, bytes: 1 };

let folder = '';
let path = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'stockfold-test-tree-'));
  const node = await NodeProcess.start({ directory: folder });
  await fill(node.url);
  await node.stop();
  path = join(folder, 'events.db');
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Where the tree of events says which position is the last on each of its leaves. */
function keysOf(bytes: Buffer): number[] {
  const starts = Array.from({ length: bytes.length / PAGE_BYTES }, (_, page) => page * PAGE_BYTES);
  const trees = starts.filter((start) => bytes[start] === INNER_PAGE);
  const cellsOf = (start: number) => bytes.readUInt16BE(start + 3);
  const largest = trees.reduce((one, other) => (cellsOf(other) > cellsOf(one) ? other : one));
  return Array.from(
    { length: cellsOf(largest) },
    (_, cell) => largest + bytes.readUInt16BE(largest + CELLS_AT + 2 * cell) + KEY_AT,
  );
}

/** Positions that a read begins with which asked for these; undefined where it is told that the file is damaged. */
function beginnings(asked: readonly number[], read: (position: number) => EventPage): (number | undefined)[] {
  return asked.map((position) => {
    try {
      return read(position).events[0]?.position;
    } catch {
      return undefined;
    }
  });
}

test('a tree that leads to the wrong leaf is damage: nobody is told what lies before the events asked for', async () => {
  const sound = new EventFile(path);
  const asked = sound
    .allForwards(1, sound.lastPosition(), { events: 10_000, bytes: 1e9 })
    .events.map(({ position }) => position);
  sound.close();
  const bytes = await readFile(path);
  const keys = keysOf(bytes);
  const [key = 0, next = 0] = keys.slice(keys.length >> 1);
  bytes.copyWithin(key, next, next + KEY_BYTES);
  await writeFile(path, bytes);

  const damaged = new EventFile(path);
  const forwards = beginnings(asked, (from) => damaged.allForwards(from, damaged.lastPosition(), ONE));
  const backwards = beginnings(asked, (from) => damaged.allBackwards(from, ONE));
  damaged.close();
  for (const [index, position] of asked.entries()) {
    expect([position, undefined]).toContain(forwards[index]);
    expect(backwards[index] ?? 0).toBeLessThanOrEqual(position);
  }
  expect(forwards).toContain(undefined);
});
