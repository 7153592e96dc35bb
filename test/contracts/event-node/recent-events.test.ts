import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import type { EventRow } from '../../../src/adapters/event-store/embedded/storage/event-rows.js';
import { RecentEvents } from '../../../src/adapters/event-store/embedded/storage/recent-events.js';

const LARGE = 1_048_576;
const PAGE = { events: 64, bytes: 262_144 };

const event = (position: number, bytes = 10): EventRow => ({
  position,
  skipped: 0,
  stream: 1,
  revision: position,
  id: position.toString(16).padStart(32, '0'),
  type: 1,
  json: true,
  created: 0,
  metadata: '',
  data: 'x'.repeat(bytes),
});

const events = (from: number, to: number, bytes?: number): EventRow[] =>
  Array.from({ length: to - from + 1 }, (_, index) => event(from + index, bytes));

function recentAfter(last: number): RecentEvents {
  const recent = new RecentEvents();
  recent.clear(last);
  return recent;
}

const positions = (recent: RecentEvents, from: number, to = Number.MAX_SAFE_INTEGER, limit = PAGE) =>
  recent.forwards(from, to, limit)?.events.map(({ position }) => position);

describe('the events a node remembers', () => {
  it('serve whoever is level with the log', () => {
    const recent = recentAfter(10);
    recent.add(events(11, 13));
    expect(positions(recent, 12)).toEqual([12, 13]);
    expect(positions(recent, 14)).toEqual([]);
    expect(positions(recent, 11, 12)).toEqual([11, 12]);
  });

  it('say nothing of what was there before', () => {
    const recent = recentAfter(10);
    recent.add(events(11, 13));
    expect(recent.forwards(10, 20, PAGE)).toBeUndefined();
  });

  it('know positions that belong to no event', () => {
    const recent = recentAfter(0);
    recent.add([event(1), event(4)]);
    expect(positions(recent, 2)).toEqual([4]);
  });

  it('come in pages', () => {
    const recent = recentAfter(0);
    recent.add(events(1, 5));
    expect(recent.forwards(1, 99, { events: 2, bytes: 1_000 })).toMatchObject({ events: [{}, {}], more: true });
    expect(positions(recent, 1, 99, { events: 9, bytes: 25 })).toEqual([1, 2, 3]);
  });

  it('are dropped oldest first, by number and by size', () => {
    const many = recentAfter(0);
    for (let position = 1; position <= 60_000; position += 100) many.add(events(position, position + 99));
    expect(many.forwards(1, 60_000, PAGE)).toBeUndefined();
    expect(positions(many, 59_998)).toEqual([59_998, 59_999, 60_000]);
    const large = recentAfter(0);
    large.add(events(1, 40, LARGE));
    expect(large.forwards(20, 40, PAGE)).toBeUndefined();
    expect(positions(large, 40)).toEqual([40]);
  });

  it('are let go of when they are dropped', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage: () => void = runInNewContext('gc');
    const recent = recentAfter(0);
    const first = new WeakRef(event(1, LARGE));
    recent.add([first.deref() ?? event(1)]);
    recent.add(events(2, 40, LARGE));
    // A weak reference holds on until the turn of the event loop is over.
    await new Promise((resolve) => setImmediate(resolve));
    collectGarbage();
    expect(first.deref()).toBeUndefined();
    expect(positions(recent, 40)).toEqual([40]);
  });

  it('begin anew where the log was read back', () => {
    const recent = recentAfter(0);
    recent.add(events(1, 3));
    recent.clear(7);
    expect(recent.forwards(3, 99, PAGE)).toBeUndefined();
    recent.add(events(8, 9));
    expect(positions(recent, 8)).toEqual([8, 9]);
  });
});
