import { randomUUID } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { RedisAvailabilityStore } from '../../../src/adapters/availability-store/redis/redis-availability-store.js';
import { redisKeys } from '../../support/redis-keys.js';
import { realRedis } from '../../support/servers.js';
import { availabilityStoreContract } from './contract.js';
import { document } from './documents.js';

let url: string;
beforeAll(async () => {
  url = await realRedis();
});

availabilityStoreContract('redis', async () => {
  const prefix = randomUUID();
  const instances: RedisAvailabilityStore[] = [];
  return {
    instance() {
      const store = new RedisAvailabilityStore(url, prefix);
      instances.push(store);
      return store;
    },
    async close() {
      await Promise.all(instances.map((store) => store.close()));
    },
  };
});

describe('availability in Redis', () => {
  it('keeps all keys in one hash slot, and removes what a lost model left behind', async () => {
    const prefix = randomUUID();
    const store = new RedisAvailabilityStore(url, prefix);
    await store.open(randomUUID(), 0n);
    await store.save([document('A', 1n), document('B', 1n)], { position: 1n, asOf: 0 });
    const keys = await redisKeys(url, `*${prefix}*`);
    expect(keys).toHaveLength(3);
    expect(keys.every((key) => key.startsWith(`{stockfold:${prefix}}:`))).toBe(true);

    await store.discard();
    await store.open(randomUUID(), 0n);
    expect(await redisKeys(url, `*${prefix}*`)).toHaveLength(1);
    await store.close();
  });

  it('lets a reader follow to a model that another instance began', async () => {
    const prefix = randomUUID();
    const [writer, reader] = [new RedisAvailabilityStore(url, prefix), new RedisAvailabilityStore(url, prefix)];
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
});
