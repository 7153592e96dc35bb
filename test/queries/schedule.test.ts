import { beforeEach, describe, expect, it } from 'vitest';
import { AvailableToPromise, AvailableToPromiseHandler } from '../../src/queries/availability/available-to-promise.js';
import { endOfDay, MS_PER_DAY } from '../../src/queries/availability/days.js';
import { AvailabilitySchedule, AvailabilityScheduleHandler } from '../../src/queries/availability/schedule.js';
import { expectSupply, policy, receipt, reserve } from '../support/given-stock.js';
import { everywhere, Shop, sku } from './shop.js';

let shop: Shop;
beforeEach(() => {
  shop = new Shop();
});

/** A supply so many days from now; unknown when not said. */
const supply = (name: string, quantity: number, inDays?: number) => ({
  ...expectSupply(name, quantity),
  ...(inDays === undefined ? {} : { dueAt: shop.clock.now() + inDays * MS_PER_DAY }),
});
const needed = (name: string, quantity: number, inDays: number, channel?: string) => ({
  ...reserve(name, quantity, 86_400 * 20, channel === undefined ? {} : { channel }),
  neededBy: shop.clock.now() + inDays * MS_PER_DAY,
});

async function schedule(days = 5, channel?: string) {
  await shop.level();
  const terms = { days, detail: false, channel };
  const query = new AvailabilitySchedule(sku('MUG'), everywhere, terms);
  const view = await new AvailabilityScheduleHandler(shop.cells).execute(query);
  if (typeof view === 'string') throw new Error(view);
  return view;
}

const column = (days: readonly { available: number; supply: number; demand: number }[]) =>
  days.map(({ available, supply: units, demand }) => [available, units, demand]);

describe('the schedule', () => {
  it('grows on the days on which supply is due', async () => {
    await shop.tell('MUG', 'STORE-A', receipt(3), supply('po-1', 10, 1), supply('po-2', 5, 1), supply('po-3', 2, 3));
    expect(column((await schedule()).days)).toEqual([
      [3, 0, 0],
      [18, 15, 0],
      [18, 0, 0],
      [20, 2, 0],
      [20, 0, 0],
    ]);
  });

  it('keeps today for what was promised for later', async () => {
    await shop.tell('MUG', 'STORE-A', receipt(10), supply('po-1', 4, 2), needed('later', 12, 3));
    expect(column((await schedule()).days)).toEqual([
      [2, 0, 0],
      [2, 0, 0],
      [2, 4, 0],
      [2, 0, 12],
      [2, 0, 0],
    ]);
  });

  it('shows neither what is overdue nor what has no date, and says how much that is', async () => {
    await shop.tell('MUG', 'STORE-A', supply('late', 10, -1), supply('some-day', 7), supply('far', 9, 40));
    const view = await schedule(2);
    expect(view).toMatchObject({ available: 0, overdue: 17 });
    expect(column(view.days)).toEqual([
      [0, 0, 0],
      [0, 0, 0],
    ]);
  });

  it('adds up locations, each of which has nothing to give the others', async () => {
    await shop.tell('MUG', 'STORE-A', receipt(3), policy({ safetyStock: 5 }), supply('po-1', 10, 1));
    await shop.tell('MUG', 'STORE-B', receipt(4), supply('po-1', 1, 2));
    expect((await schedule(3)).days.map(({ available }) => available)).toEqual([4, 12, 13]);
  });

  it('is that of the channel that asks', async () => {
    await shop.tell('MUG', 'STORE-A', receipt(10), policy({ protections: { web: 6 } }), needed('w', 2, 1, 'web'));
    expect((await schedule(1)).days[0]?.available).toBe(4);
    expect((await schedule(1, 'web')).days[0]?.available).toBe(8);
  });

  it('has every day that is asked for, each as long as a day of UTC', async () => {
    await shop.tell('MUG', 'STORE-A', receipt(1));
    const { days } = await schedule(365);
    expect(days).toHaveLength(365);
    expect(new Date(days[0]?.startsAt ?? 0).toISOString()).toBe('2026-11-20T00:00:00.000Z');
    expect(new Date(days[364]?.startsAt ?? 0).toISOString()).toBe('2027-11-19T00:00:00.000Z');
  });

  it('says of each day what asking for that day says', async () => {
    await shop.tell('MUG', 'STORE-A', receipt(9), supply('po-1', 6, 1), needed('one', 3, 2), needed('two', 7, 4));
    await shop.tell('MUG', 'STORE-B', supply('po-1', 4, 3), policy({ safetyStock: 1 }));
    const { days } = await schedule(6);
    for (const { startsAt, available } of days) {
      const terms = { at: endOfDay(startsAt), detail: false };
      const query = new AvailableToPromise([sku('MUG')], everywhere, terms);
      const { items } = await new AvailableToPromiseHandler(shop.cells).execute(query);
      expect(items[0]?.available).toBe(available);
    }
  });
});
