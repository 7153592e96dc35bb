import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { DOCUMENT_VERSION } from '../../../src/adapters/availability-store/document.js';
import { type AvailabilityStore, ReadModelUnavailable } from '../../../src/ports/availability-store.js';
import { patientRedis } from '../../support/patient-redis.js';
import { redisKeys, withRedis } from '../../support/redis-keys.js';
import { realRedis } from '../../support/servers.js';
import { availabilityStoreContract } from './contract.js';
import { document } from './documents.js';
import { rebuildContract } from './rebuild.js';

let url: string;
beforeAll(async () => {
  url = await realRedis();
});

const newHome = async () => {
  const prefix = randomUUID();
  const instances: AvailabilityStore[] = [];
  return {
    instance() {
      const store = patientRedis(url, prefix);
      instances.push(store);
      return store;
    },
    async close() {
      await Promise.all(instances.map((store) => store.close()));
    },
  };
};
availabilityStoreContract('redis', newHome);
rebuildContract('redis', newHome);

/** Keys that begin with the name of a generation. */
const documentKeys = async (prefix: string): Promise<string[]> =>
  (await redisKeys(url, `*${prefix}*`)).filter((key) => /}[0-9a-z]+:/.test(key));

describe('availability in Redis', () => {
  it('keeps all keys in one hash slot, and removes what a lost model left behind', async () => {
    const prefix = randomUUID();
    const store = patientRedis(url, prefix);
    await store.open(randomUUID(), 0n);
    await store.save([document('A', 1n), document('B', 1n)], { position: 1n, asOf: 0 });
    expect((await documentKeys(prefix)).map((key) => key.split(':').at(-1))).toEqual(['A', 'B']);
    const keys = await redisKeys(url, `*${prefix}*`);
    expect(keys.filter((key) => !key.startsWith(`{sf${DOCUMENT_VERSION}:${prefix}}`))).toEqual([]);

    await store.discard();
    await store.open(randomUUID(), 0n);
    await expect.poll(() => documentKeys(prefix)).toEqual([]);
    await store.close();
  });

  it('lets a reader follow to a model that another instance began', async () => {
    const prefix = randomUUID();
    const [writer, reader] = [patientRedis(url, prefix), patientRedis(url, prefix)];
    const identity = randomUUID();
    await writer.open(identity, 0n);
    await writer.save([document('A', 1n)], { position: 1n, asOf: 0 });
    const [a] = [document('A', 1n).sku];
    await reader.progress().catch(() => undefined);
    expect((await reader.read([a])).items).toEqual([document('A', 1n)]);

    await writer.discard();
    await writer.open(identity, 2n);
    await writer.save([document('A', 2n)], { position: 2n, asOf: 0 });
    expect((await reader.read([a])).items).toEqual([document('A', 2n)]);
    await Promise.all([writer.close(), reader.close()]);
  });

  it('is not answered to anybody before it has been built, nor to an instance that knows a later head', async () => {
    const prefix = randomUUID();
    const instance = () => patientRedis(url, prefix);
    const [writer, late, reader] = [instance(), instance(), instance()];
    const identity = randomUUID();
    await writer.open(identity, 5n);
    await expect(reader.progress()).rejects.toThrow(/0 of 5/);
    await writer.save([], { position: 5n, asOf: 0 });
    await late.open(identity, 8n);

    await expect(late.progress()).rejects.toThrow(/5 of 8/);
    expect((await reader.progress()).position).toBe(5n);
    expect((await writer.progress()).position).toBe(5n);
    await Promise.all([writer, late, reader].map((store) => store.close()));
  });

  it('is not answered by an instance whose event store is another one', async () => {
    const prefix = randomUUID();
    const [one, other] = [patientRedis(url, prefix), patientRedis(url, prefix)];
    await one.open(randomUUID(), 0n);
    await one.discard();
    await other.open(randomUUID(), 0n);

    await expect(one.progress()).rejects.toThrow(ReadModelUnavailable);
    expect((await other.progress()).position).toBe(0n);
    await Promise.all([one.close(), other.close()]);
  });

  it('lets one instance build, and another go on when that one lets it', async () => {
    const prefix = randomUUID();
    const [one, other] = [patientRedis(url, prefix), patientRedis(url, prefix)];
    const identity = randomUUID();
    await Promise.all([one.open(identity, 0n), other.open(identity, 0n)]);
    await one.beginRebuild(0);
    const [mine, theirs] = [await one.candidate(), await other.candidate()];
    expect(await mine?.claim()).toBe(true);
    expect(await theirs?.claim()).toBe(false);
    expect(await mine?.claim()).toBe(true);
    await theirs?.release();
    expect(await theirs?.claim()).toBe(false);
    await mine?.release();
    expect(await theirs?.claim()).toBe(true);
    await Promise.all([one.close(), other.close()]);
  });

  it('forgets a reference when nobody looks for it any more, and not before the last of its reservations', async () => {
    const prefix = randomUUID();
    const store = patientRedis(url, prefix);
    await store.open(randomUUID(), 0n);
    const [early, late] = [Date.now() + 1_000_000, Date.now() + 9_000_000];
    const cart = { reference: 'cart', id: 'r-1', forgetAfter: late };
    await store.save([], { position: 1n, asOf: 0 }, [cart, { reference: 'cart', id: 'r-2', forgetAfter: early }]);
    const [key] = (await redisKeys(url, `*${prefix}*`)).filter((name) => name.endsWith('@cart'));
    const leftMs = await withRedis(url, (client) => client.pTTL(String(key)));
    expect(leftMs).toBeGreaterThan(8_000_000);
    expect(leftMs).toBeLessThanOrEqual(9_000_000);
    await store.close();
  });

  it('never shows the progress of a large save before its documents', async () => {
    const store = patientRedis(url, randomUUID());
    await store.open(randomUUID(), 0n);
    const documents = Array.from({ length: 4_000 }, (_, index) => document(`S-${index}`, 7n));
    const saving = store.save(documents, { position: 7n, asOf: 0 });
    const last = document('S-3999', 7n);
    let answer = await store.read([last.sku], 7n);
    while (answer.position < 7n) answer = await store.read([last.sku], 7n);
    expect(answer.items).toEqual([last]);
    await saving;
    await store.close();
  });
});
