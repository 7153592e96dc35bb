import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Sku } from '../../../src/domain/values/identifiers.js';
import type { AvailabilityStore } from '../../../src/ports/availability-store.js';
import { ReadModelLost, ReadModelMismatch, ReadModelUnavailable } from '../../../src/ports/availability-store.js';
import { START } from '../../../src/ports/event-store.js';
import { document } from './documents.js';

/** The home of one read model. */
export interface ModelHome {
  /** An instance on the model, as a process has one; an adapter of one process gives the same while it is open. */
  instance(): AvailabilityStore;
  close(): Promise<void>;
}

/** Long after any of these tests. */
const LATER = Date.UTC(2100, 0, 1);
const skus = (...names: string[]) => names as Sku[];
const at = (position: bigint, asOf = Number(position) * 1_000) => ({ position, asOf });

/** What every read model must keep, whatever it is kept in. */
export function availabilityStoreContract(name: string, newHome: () => Promise<ModelHome>): void {
  describe(`availability store: ${name}`, () => {
    const identity = randomUUID();
    let home: ModelHome;
    let store: AvailabilityStore;

    beforeEach(async () => {
      home = await newHome();
      store = home.instance();
    });
    afterEach(() => home.close());

    it('begins at the start of the store when there is nothing yet', async () => {
      expect(await store.open(identity, 0n)).toBe(START);
    });

    it('gives back what was saved, to the projection and to readers, in the order asked for', async () => {
      await store.open(identity, 0n);
      const [a, b] = [document('A.1', 3n), document('B', 5n)];
      await store.save([a, b], at(7n, 1_700_000_000_123));

      expect(await store.load(skus('B', 'A.1'))).toEqual([b, a]);
      expect(await store.read(skus('B', 'A.1'))).toEqual({ items: [b, a], position: 7n, asOf: 1_700_000_000_123 });
      expect(await store.progress()).toEqual({ position: 7n, asOf: 1_700_000_000_123 });
    });

    it('knows nothing of a SKU that no event names', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 1n)], at(1n));

      expect((await store.read(skus('never', 'A', 'a'))).items).toEqual([undefined, document('A', 1n), undefined]);
      expect(await store.load(skus('never'))).toEqual([undefined]);
      expect((await store.read([])).items).toEqual([]);
    });

    it('leaves out a document older than the one that is there', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 9n)], at(9n));
      await store.save([document('A', 4n), document('B', 4n)], at(9n));

      expect((await store.read(skus('A', 'B'))).items).toEqual([document('A', 9n), document('B', 4n)]);
    });

    it('never goes back in position or time', async () => {
      await store.open(identity, 0n);
      await store.save([], at(9n, 9_000));
      await store.save([], at(4n, 12_000));
      expect(await store.progress()).toEqual({ position: 9n, asOf: 12_000 });
      await store.save([], at(11n, 0));
      expect(await store.progress()).toEqual({ position: 11n, asOf: 12_000 });
    });

    it('compares positions as numbers however long they are', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 10n ** 18n)], at(10n ** 18n));
      await store.save([document('A', 9n)], at(9n));

      const { items, position } = await store.read(skus('A'));
      expect(position).toBe(10n ** 18n);
      expect(items).toEqual([document('A', 10n ** 18n)]);
    });

    it('writes thousands of documents in one save', async () => {
      await store.open(identity, 0n);
      const documents = Array.from({ length: 2_345 }, (_, index) => document(`S-${index}`, BigInt(index + 1)));
      await store.save(documents, at(2_345n));

      const { items, position } = await store.read(documents.map(({ sku }) => sku));
      expect(items).toEqual(documents);
      expect(position).toBe(2_345n);
    });

    it('does not answer until it has been built up to the head it was opened with', async () => {
      await store.open(identity, 20n);
      await store.save([document('A', 19n)], at(19n));

      await expect(store.read(skus('A'))).rejects.toThrow(ReadModelUnavailable);
      await expect(store.progress()).rejects.toThrow(/19 of 20/);
      expect(await store.load(skus('A'))).toEqual([document('A', 19n)]);

      await store.save([], at(20n));
      expect((await store.read(skus('A'))).position).toBe(20n);
    });

    it('goes on from where it was when it is opened again', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 5n)], at(8n));
      await store.close();

      const next = home.instance();
      expect(await next.open(identity, 8n)).toBe(8n);
      expect(await next.read(skus('A'))).toEqual({ items: [document('A', 5n)], position: 8n, asOf: 8_000 });
    });

    it('refuses a model that was built from another event store', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 5n)], at(8n));
      await store.close();

      const other = randomUUID();
      await expect(home.instance().open(other, 0n)).rejects.toThrow(ReadModelMismatch);
      await expect(home.instance().open(other, 0n)).rejects.toThrow(new RegExp(`${identity}.*${other}`));
    });

    it('keeps what is newest when two instances write', async () => {
      const other = home.instance();
      await Promise.all([store.open(identity, 3n), other.open(identity, 3n)]);
      await Promise.all([
        ...[1n, 2n, 3n].map((position) => store.save([document('A', position), document('B', position)], at(position))),
        ...[3n, 1n, 2n].map((position) => other.save([document('A', position), document('C', position)], at(position))),
      ]);

      for (const instance of [store, other]) {
        const { items, position } = await instance.read(skus('A', 'B', 'C'));
        expect(items).toEqual([document('A', 3n), document('B', 3n), document('C', 3n)]);
        expect(position).toBe(3n);
      }
    });

    const under = (reference: string, id: string, forgetAfter = LATER) => ({ reference, id, forgetAfter });

    it('finds the reservations made under a reference, the newest first', async () => {
      await store.open(identity, 0n);
      await store.save([], at(1n), [under('cart-1', 'r-1'), under('cart-2', 'r-2'), under('cart-1', 'r-3')]);
      await store.save([], at(2n), [under('cart-1', 'r-4')]);

      expect(await store.reservationsUnder('cart-1')).toEqual(['r-4', 'r-3', 'r-1']);
      expect(await store.reservationsUnder('cart-2')).toEqual(['r-2']);
      expect(await store.reservationsUnder('cart-3')).toEqual([]);
    });

    it('finds a reservation once however often it was written, and the newest 20', async () => {
      await store.open(identity, 0n);
      const all = Array.from({ length: 25 }, (_, index) => under('cart', `r-${index}`));
      await store.save([], at(1n), all.slice(0, 10));
      await store.save([], at(1n), all.slice(0, 10));
      expect(await store.reservationsUnder('cart')).toHaveLength(10);
      await store.save([], at(2n), all.slice(10));
      expect(await store.reservationsUnder('cart')).toEqual(
        all
          .slice(-20)
          .map(({ id }) => id)
          .reverse(),
      );
    });

    it('finds no reservation that was to be forgotten', async () => {
      await store.open(identity, 0n);
      await store.save([], at(1n), [under('cart', 'r-1', Date.now() - 1_000)]);
      expect(await store.reservationsUnder('cart')).toEqual([]);
    });

    it('finds reservations after it was opened again', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 1n)], at(1n), [under('cart', 'r-1'), under('cart', 'r-2')]);
      await store.close();
      const next = home.instance();
      await next.open(identity, 0n);
      expect(await next.reservationsUnder('cart')).toEqual(['r-2', 'r-1']);
      expect((await next.read(skus('A'))).items).toEqual([document('A', 1n)]);
    });

    it('notices that the model which it writes to was discarded', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 5n)], at(8n));
      await store.discard();
      await expect(store.save([document('A', 9n)], at(9n))).rejects.toThrow(ReadModelLost);
      await expect(store.read(skus('A'))).rejects.toThrow(ReadModelUnavailable);
    });

    it('begins anew after it was discarded', async () => {
      await store.open(identity, 0n);
      await store.save([document('A', 5n)], at(8n));
      await store.discard();

      expect(await store.open(identity, 9n)).toBe(START);
      expect(await store.load(skus('A'))).toEqual([undefined]);
      await expect(store.read(skus('A'))).rejects.toThrow(ReadModelUnavailable);
      await store.save([document('A', 2n)], at(9n));
      expect((await store.read(skus('A'))).items).toEqual([document('A', 2n)]);
    });
  });
}
