import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import type { Position, SubscriptionBatch } from '../../src/ports/event-store.js';
import { CheckpointedProjection } from '../../src/projections/checkpointed-projection.js';
import { ProjectionRunner } from '../../src/projections/run.js';
import { following, LogLines, level } from './following.js';

let store: MemoryEventStore;
/** Numbers of the errands that were run, by whichever process. */
let done: number[];
beforeEach(() => {
  store = new MemoryEventStore();
  done = [];
});

/** Runs errands; one that takes longer is at its end when somebody says so. */
class Errands extends CheckpointedProjection {
  readonly streamPrefixes = ['errand-'];
  starts = 0;
  failures = 0;
  private readonly under = new Map<number, Position>();

  constructor() {
    super(store, 'errands');
  }

  protected override begin(): void {
    this.starts += 1;
    this.under.clear();
  }

  protected override async take({ events }: SubscriptionBatch, place: Position): Promise<void> {
    let before = place;
    for (const { type, data, position } of events) {
      if (this.failures > 0) {
        this.failures -= 1;
        throw new Error('the door is shut');
      }
      const number = Number(data.number);
      if (type === 'LongOneBegun') this.under.set(number, before);
      else this.under.delete(number);
      done.push(number);
      before = position;
    }
  }

  protected override unfinishedSince(): Position | undefined {
    const [oldest] = this.under.values();
    return oldest;
  }
}

async function happens(number: number, type = 'ErrandAsked', stream = 'errand-1'): Promise<Position> {
  const outcome = await store.append(stream, 'any', [{ id: randomUUID(), type, data: { number }, metadata: {} }]);
  if (outcome.status === 'conflict') throw new Error('nothing was asked');
  return outcome.position;
}

/** Runs errands in a process of their own, until their place is this one or behind it. */
const workUpTo = (place: Position) =>
  following(store, new Errands(), () =>
    expect.poll(() => new Errands().start(), { interval: 10 }).toBeGreaterThanOrEqual(place),
  );

describe('a projection that keeps its place in a stream', () => {
  it('goes on behind what it has dealt with, and behind what is none of its own', async () => {
    await happens(1);
    await workUpTo(await happens(2));
    await happens(3);
    await workUpTo(await happens(0, 'Other', 'other-1'));
    expect(done).toEqual([1, 2, 3]);
  });

  it('sees again what it could not deal with, in order', async () => {
    const errands = new Errands();
    errands.failures = 2;
    for (const number of [1, 2, 3]) await happens(number);
    await following(store, errands, async () => expect(done).toEqual([1, 2, 3]));
    expect(errands.starts).toBe(3);
  });

  it('sees again what was not at its end, and whatever followed', async () => {
    const place = await happens(1);
    await happens(2, 'LongOneBegun');
    await happens(3);
    await workUpTo(place);
    await happens(2, 'LongOneEnded');
    await workUpTo(await happens(4));
    expect(done).toEqual([1, 2, 3, 2, 3, 2, 4]);
  });
});

describe('a projection that was prepared before it runs', () => {
  it('is made ready once', async () => {
    await happens(1);
    const errands = new Errands();
    const runner = new ProjectionRunner(store, errands, new LogLines());
    await runner.prepare();
    expect(done).toEqual([]);
    runner.start();
    await level(store, runner);
    await runner.stop();
    expect(done).toEqual([1]);
    expect(errands.starts).toBe(1);
  });

  it('is made ready anew after a failure', async () => {
    await happens(1);
    const errands = new Errands();
    errands.failures = 1;
    const runner = new ProjectionRunner(store, errands, new LogLines());
    await runner.prepare();
    runner.start();
    await level(store, runner);
    await runner.stop();
    expect(done).toEqual([1]);
    expect(errands.starts).toBe(2);
  });
});
