import { RedisAvailabilityStore } from '../../src/adapters/availability-store/redis/redis-availability-store.js';

/** A read model that gives Redis as long as a busy machine takes: for tests of what it holds, not of how soon it answers. */
export const patientRedis = (url: string, prefix: string): RedisAvailabilityStore =>
  new RedisAvailabilityStore(url, prefix, { readTimeoutMs: 20_000 });
