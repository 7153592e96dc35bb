import fc from 'fast-check';
import { beforeEach, describe, expect, it } from 'vitest';
import { type Flight, NearCache } from '../../../src/adapters/availability-store/redis/near-cache.js';
import type { Sku } from '../../../src/domain/values/identifiers.js';
import type { SkuAvailability } from '../../../src/ports/availability-store.js';
import { START } from '../../../src/ports/event-store.js';
import { document } from './documents.js';

const SKUS = ['A', 'B', 'C'] as const as unknown as readonly [Sku, Sku, Sku];
const [A, B] = SKUS;
const GENERATION = '1.x';
const PATIENCE_MS = 2_500;
const EVERYTHING = 1_000;

const newCache = (maxCells = EVERYTHING) => {
  const cache = new NearCache(maxCells, PATIENCE_MS);
  cache.follow(GENERATION);
  return cache;
};

/** The save that made `position` the newest, as it is told. */
const save = (position: number, skus: readonly Sku[], generation = GENERATION) => ({
  generation,
  count: position,
  position: BigInt(position),
  asOf: position,
  skus,
});

/** Redis answers with these documents. */
function fetched(cache: NearCache, documents: readonly SkuAvailability[], flight = begun(cache, documents)): void {
  cache.land(flight, GENERATION, new Map(documents.map((one) => [one.sku, one])));
}

function begun(cache: NearCache, documents: readonly { readonly sku: Sku }[]): Flight {
  const flight = cache.begin(documents.map(({ sku }) => sku));
  if (flight === undefined) throw new Error('The cache is not in use.');
  return flight;
}

describe('documents at hand', () => {
  let cache: NearCache;
  beforeEach(() => {
    cache = newCache();
    cache.told(save(1, [A, B]), 0);
    fetched(cache, [document('A', 1n), document('B', 1n)]);
  });
  const answer = (skus: readonly Sku[], minPosition = START, nowMs = 0) => cache.answer(skus, minPosition, nowMs);

  it('are answered at the position of the newest save told, also those that it did not change', () => {
    cache.told(save(2, [B]), 0);
    expect(answer([A])).toEqual({ items: [document('A', 1n)], position: 2n, asOf: 2 });
    expect(answer([A, B])).toBeUndefined();
    expect(cache.missing([A, B], START)).toEqual([B]);
  });

  it('are not answered to somebody who knows of a newer position', () => {
    expect(answer([A], 1n)).toBeDefined();
    expect(answer([A], 2n)).toBeUndefined();
    expect(cache.missing([A, B], 2n)).toEqual([A, B]);
  });

  it('are not kept from an answer that a save has overtaken', () => {
    cache.told(save(2, [A]), 0);
    const flight = begun(cache, [{ sku: A }]);
    cache.told(save(3, [A]), 0);
    fetched(cache, [document('A', 2n)], flight);
    expect(answer([A])).toBeUndefined();
  });

  it('are not answered at a position before what they show', () => {
    cache.told(save(2, [A]), 0);
    fetched(cache, [document('A', 3n)]);
    expect(answer([A])).toBeUndefined();
  });

  it('are forgotten when a save was missed, and with them what is on its way', () => {
    const flight = begun(cache, [{ sku: A }]);
    cache.told(save(3, [B]), 0);
    fetched(cache, [document('A', 1n)], flight);
    expect(answer([A])).toBeUndefined();
    fetched(cache, [document('A', 2n)]);
    expect(answer([A])).toEqual({ items: [document('A', 2n)], position: 3n, asOf: 3 });
  });

  it('are forgotten when another generation answers', () => {
    cache.told(save(2, [], '2.y'), 0);
    expect(answer([A])).toBeUndefined();
    expect(cache.begin([A])).toBeUndefined();
  });

  it('are not answered when no save has been told for long, as one is about once a second', () => {
    expect(answer([A], START, PATIENCE_MS)).toBeDefined();
    expect(answer([A], START, PATIENCE_MS + 1)).toBeUndefined();
  });

  it('include that there is no such document', () => {
    const [, , c] = SKUS;
    cache.land(begun(cache, [{ sku: c }]), GENERATION, new Map([[c, undefined]]));
    expect(answer([c, A])?.items).toEqual([undefined, document('A', 1n)]);
  });

  it('are bounded in number', () => {
    const small = newCache(10);
    small.told(save(1, []), 0);
    const documents = Array.from({ length: 1_000 }, (_, index) => document(`S-${index}`, 1n));
    for (const one of documents) fetched(small, [one]);
    const held = documents.filter(({ sku }) => small.answer([sku], START, 0) !== undefined);
    expect(held.length).toBeLessThanOrEqual(10);
    expect(held).toContainEqual(documents.at(-1));
  });
});

type Step =
  | { readonly do: 'save'; readonly skus: readonly Sku[] }
  | { readonly do: 'tell' }
  | { readonly do: 'ask'; readonly skus: readonly Sku[] }
  | { readonly do: 'reply'; readonly which: number }
  | { readonly do: 'land'; readonly which: number }
  | { readonly do: 'break' }
  | { readonly do: 'read'; readonly skus: readonly Sku[] };

const someSkus = fc.subarray([...SKUS], { minLength: 1 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 10, arbitrary: fc.record({ do: fc.constant('save' as const), skus: someSkus }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('tell' as const) }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('ask' as const), skus: someSkus }) },
  { weight: 30, arbitrary: fc.record({ do: fc.constant('reply' as const), which: fc.nat(9) }) },
  { weight: 30, arbitrary: fc.record({ do: fc.constant('land' as const), which: fc.nat(9) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('break' as const) }) },
  { weight: 20, arbitrary: fc.record({ do: fc.constant('read' as const), skus: someSkus }) },
);

/** A Redis whose messages and answers travel for as long as the steps say. */
class SlowRedis {
  readonly cache = newCache();
  /** Newest change of each SKU after so many saves. */
  private readonly states: ReadonlyMap<Sku, number>[] = [new Map()];
  private readonly messages: (readonly Sku[])[] = [];
  private told = 0;
  private asked: { flight: Flight; skus: readonly Sku[]; seenAt?: number }[] = [];
  answers = 0;

  take(step: Step): void {
    switch (step.do) {
      case 'save':
        this.messages.push(step.skus);
        this.states.push(new Map([...this.newest(), ...step.skus.map((sku) => [sku, this.saves] as const)]));
        return;
      case 'tell':
        if (this.told === this.saves) return;
        this.told += 1;
        this.cache.told(save(this.told, this.messages[this.told - 1] ?? []), 0);
        return;
      case 'ask': {
        const flight = this.cache.begin(step.skus);
        if (flight !== undefined) this.asked.push({ flight, skus: step.skus });
        return;
      }
      case 'reply': {
        const call = this.asked[step.which % this.asked.length];
        if (call !== undefined) call.seenAt ??= this.saves;
        return;
      }
      case 'land':
        this.land(step.which);
        return;
      case 'break':
        // What is on its way on the connection is lost; answers are on another one.
        this.cache.clear();
        this.told = this.saves;
        this.cache.follow(GENERATION);
        return;
      case 'read':
        this.read(step.skus);
        return;
    }
  }

  private get saves(): number {
    return this.messages.length;
  }

  private newest(): ReadonlyMap<Sku, number> {
    return this.states.at(-1) ?? new Map();
  }

  private land(which: number): void {
    const call = this.asked[which % this.asked.length];
    const { seenAt } = call ?? {};
    if (call === undefined || seenAt === undefined) return;
    this.asked = this.asked.filter((one) => one !== call);
    this.cache.land(call.flight, GENERATION, new Map(call.skus.map((sku) => [sku, this.at(seenAt, sku)])));
  }

  private at(saves: number, sku: Sku): SkuAvailability | undefined {
    const position = this.states[saves]?.get(sku);
    return position === undefined ? undefined : document(sku, BigInt(position));
  }

  private read(skus: readonly Sku[]): void {
    const answer = this.cache.answer(skus, START, 0);
    if (answer === undefined) return;
    this.answers += 1;
    expect(answer.items).toEqual(skus.map((sku) => this.at(Number(answer.position), sku)));
  }
}

it('show what is true at the position that they declare, however messages and answers travel', () => {
  let answers = 0;
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 80, size: 'max' }), (steps) => {
      const redis = new SlowRedis();
      for (const step of steps) redis.take(step);
      answers += redis.answers;
    }),
    { numRuns: 3_000 },
  );
  expect(answers).toBeGreaterThan(300);
});
