import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sku } from '../../../src/domain/values/identifiers.js';
import type { AvailabilityCandidate, AvailabilityStore, Comparison } from '../../../src/ports/availability-store.js';
import { ReadModelLost, ReadModelUnavailable } from '../../../src/ports/availability-store.js';
import { START } from '../../../src/ports/event-store.js';
import type { ModelHome } from './contract.js';
import { document } from './documents.js';

const NOW = Date.UTC(2026, 4, 1);
const [A, B, C] = ['A', 'B', 'C'] as [Sku, Sku, Sku];
const at = (position: bigint) => ({ position, asOf: Number(position) * 1_000 });

/** What a rebuild beside the model that answers must keep. */
export function rebuildContract(name: string, newHome: () => Promise<ModelHome>): void {
  describe(`rebuilding availability: ${name}`, () => {
    const identity = randomUUID();
    let home: ModelHome;
    let store: AvailabilityStore;

    beforeEach(async () => {
      home = await newHome();
      store = home.instance();
      await store.open(identity, 0n);
      await store.save([document('A', 1n), document('B', 2n)], at(2n));
    });
    afterEach(() => home.close());

    async function begun(): Promise<AvailabilityCandidate> {
      await store.beginRebuild(NOW);
      const candidate = await store.candidate();
      if (candidate === undefined) throw new Error('Nothing is being built.');
      return candidate;
    }
    const compared = (comparison: Comparison) => {
      const { compared, differing, undecided } = comparison;
      return { compared, differing, undecided };
    };

    it('begins at the start of the store, and shows nothing of itself in answers', async () => {
      const candidate = await begun();
      expect(candidate.position).toBe(START);
      expect(await candidate.load([A])).toEqual([undefined]);
      await candidate.save([document('A', 1n, 77)], at(1n));

      expect(await store.read([A])).toEqual({ items: [document('A', 1n)], ...at(2n) });
      expect(await candidate.load([A])).toEqual([document('A', 1n, 77)]);
      expect((await store.status()).rebuild).toMatchObject({ startedAt: NOW, position: 1n, target: 2n });
    });

    it('goes on where it was when it is asked for again', async () => {
      const candidate = await begun();
      await candidate.save([document('A', 1n)], at(1n));
      await store.beginRebuild(NOW + 1);

      const again = await store.candidate();
      expect(again?.generation).toBe(candidate.generation);
      expect(again?.position).toBe(1n);
      expect((await store.status()).rebuild?.startedAt).toBe(NOW);
    });

    it('takes the place of the model before when it is as far, and no earlier', async () => {
      const candidate = await begun();
      const before = (await store.status()).generation;
      await candidate.save([document('A', 1n)], at(1n));
      expect(await candidate.promote(await candidate.compare(), NOW)).toBe(false);

      await candidate.save([document('B', 2n)], at(2n));
      const comparison = await candidate.compare();
      expect(compared(comparison)).toEqual({ compared: 2, differing: 0, undecided: 0 });
      expect(comparison.checksums.new).toBe(comparison.checksums.old);
      expect(await candidate.promote(comparison, NOW + 5)).toBe(true);

      const { generation, rebuild } = await store.status();
      expect(generation).toBe(candidate.generation);
      expect(generation).not.toBe(before);
      expect(rebuild).toMatchObject({ finishedAt: NOW + 5, comparison });
      expect(await store.candidate()).toBeUndefined();
      expect(await store.read([A, B])).toEqual({ items: [document('A', 1n), document('B', 2n)], ...at(2n) });
    });

    it('sends whoever writes to the model before to the new one, with nothing lost between them', async () => {
      const candidate = await begun();
      await candidate.save([document('A', 1n), document('B', 2n)], at(2n));
      await candidate.promote(await candidate.compare(), NOW);

      await expect(store.save([document('A', 3n, 99)], at(3n))).rejects.toThrow(ReadModelLost);
      await expect(store.load([A])).rejects.toThrow(ReadModelLost);
      expect(await store.open(identity, 3n)).toBe(2n);
      await store.save([document('A', 3n)], at(3n));
      expect((await store.read([A])).items).toEqual([document('A', 3n)]);
    });

    it('finds documents that differ, that are missing and that should not be there', async () => {
      await store.save([document('C', 3n)], at(3n));
      const candidate = await begun();
      await candidate.save([document('A', 1n, 50), document('B', 2n), document('D', 3n)], at(3n));

      const comparison = await candidate.compare();
      expect(compared(comparison)).toEqual({ compared: 4, differing: 3, undecided: 0 });
      expect([...comparison.examples].sort()).toEqual(['A', 'C', 'D']);
      expect(comparison.checksums.new).not.toBe(comparison.checksums.old);
      await candidate.promote(comparison, NOW);
      expect((await store.read([A, C])).items).toEqual([document('A', 1n, 50), undefined]);
    });

    it('does not take a document for different that one of the two is just ahead with', async () => {
      const candidate = await begun();
      await candidate.save([document('A', 1n), document('B', 2n)], at(2n));
      await store.save([document('A', 4n)], at(4n));
      expect(compared(await candidate.compare())).toEqual({ compared: 1, differing: 0, undecided: 1 });

      await candidate.save([document('A', 4n), document('B', 5n)], at(5n));
      expect(compared(await candidate.compare())).toEqual({ compared: 2, differing: 0, undecided: 0 });
    });

    it('can be given up', async () => {
      const candidate = await begun();
      await candidate.abandon();
      expect(await store.candidate()).toBeUndefined();
      await expect(candidate.save([], at(2n))).rejects.toThrow(ReadModelLost);
      expect((await store.read([A])).items).toEqual([document('A', 1n)]);
      expect((await begun()).generation).not.toBe(candidate.generation);
    });

    it('needs a model that is there', async () => {
      await store.discard();
      await expect(store.beginRebuild(NOW)).rejects.toThrow(ReadModelUnavailable);
    });

    it('survives the end of the process that asked for it', async () => {
      await store.beginRebuild(NOW);
      await store.close();
      const next = home.instance();
      await next.open(identity, 0n);
      expect(await next.candidate()).toBeDefined();
      expect((await next.status()).rebuild?.startedAt).toBe(NOW);
    });
  });
}
