import { describe, expect, it } from 'vitest';
import { GroupLimit } from '../../../src/adapters/event-store/embedded/storage/group-limit.js';

/** How many of these writes, all waiting at once, one transaction takes. */
function taken(limit: GroupLimit, bytes: number): number {
  limit.begin();
  let count = 0;
  while (count < 100_000 && limit.admits(bytes)) count++;
  return count;
}

describe('one transaction takes', () => {
  it('some seventy usual appends where the disk is fast, so that their clients do not wait for one another', () => {
    expect(taken(new GroupLimit(), 450)).toBe(72);
  });

  it('one append of a hundred events', () => {
    expect(taken(new GroupLimit(), 45_000)).toBe(1);
  });

  it('more where the disk is slow, for each sync is dear', () => {
    const limit = new GroupLimit();
    for (let commits = 0; commits < 100; commits++) limit.committed(500);
    expect(taken(limit, 45_000)).toBe(93);
  });

  it('few again once the disk is fast again', () => {
    const limit = new GroupLimit();
    limit.committed(500);
    for (let commits = 0; commits < 200; commits++) limit.committed(0);
    expect(taken(limit, 45_000)).toBe(1);
  });
});
