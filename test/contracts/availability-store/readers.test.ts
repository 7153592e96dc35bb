import { randomUUID } from 'node:crypto';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ReaderOptions } from '../../../src/adapters/availability-store/redis/model-reader.js';
import { RedisAvailabilityStore } from '../../../src/adapters/availability-store/redis/redis-availability-store.js';
import type { Sku } from '../../../src/domain/values/identifiers.js';
import type { AvailabilityAnswer } from '../../../src/ports/availability-store.js';
import { withRedis } from '../../support/redis-keys.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { document } from './documents.js';

const SKUS = ['A', 'B', 'C', 'D'] as Sku[];
const [A, B] = SKUS as [Sku, Sku];

let redis: RedisServer;
let prefix: string;
let opened: RedisAvailabilityStore[];

beforeEach(async () => {
  redis = await startRedis();
  prefix = randomUUID();
  opened = [];
});
afterEach(async () => {
  await Promise.all(opened.map((store) => store.close()));
  await redis.kill();
});

/** Gives Redis as long as a busy machine takes. */
const PATIENT: Partial<ReaderOptions> = { patienceMs: 60_000, readTimeoutMs: 20_000 };

/** A connected instance. */
async function instance(options: Partial<ReaderOptions> = PATIENT): Promise<RedisAvailabilityStore> {
  const store = new RedisAvailabilityStore(redis.url, prefix, options);
  opened.push(store);
  await expect.poll(() => store.progress().then(() => 'built', String)).not.toContain('offline');
  return store;
}

async function writer(): Promise<RedisAvailabilityStore> {
  const store = await instance();
  await store.open(randomUUID(), 0n);
  return store;
}

/** Calls of a Redis command so far. */
async function calls(command: string): Promise<number> {
  const info = await withRedis(redis.url, (client) => client.info('commandstats'));
  return Number(new RegExp(`cmdstat_${command}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
}

/** Reads until the instance answers from what it has at hand: a save must be told and the SKUs asked for before. */
async function warmed(reader: RedisAvailabilityStore, model: RedisAvailabilityStore, skus: readonly Sku[]) {
  await expect
    .poll(async () => {
      const { position, asOf } = await model.progress();
      await model.save([], { position, asOf: asOf + 1 });
      await reader.read(skus);
      const before = await calls('mget');
      await reader.read(skus);
      return (await calls('mget')) - before;
    })
    .toBe(0);
}

describe('a process that reads availability in Redis', () => {
  it('answers SKUs it knows without asking, and is told when they change', async () => {
    const [model, reader] = [await writer(), await instance()];
    await model.save([document('A', 1n), document('B', 1n)], { position: 1n, asOf: 1 });
    await warmed(reader, model, [A, B]);

    await model.save([document('A', 2n)], { position: 2n, asOf: 2 });
    await expect.poll(async () => (await reader.read([A, B])).position).toBe(2n);
    expect((await reader.read([A, B])).items).toEqual([document('A', 2n), document('B', 1n)]);
  });

  it('goes on answering what it has at hand when Redis hangs, until that is too old', async () => {
    const [model, reader] = [await writer(), await instance({ patienceMs: 3_000, readTimeoutMs: 1_000 })];
    await model.save([document('A', 1n)], { position: 1n, asOf: 1 });
    await warmed(reader, model, [A]);
    redis.pause();
    expect((await reader.read([A])).items).toEqual([document('A', 1n)]);
    await expect(reader.read([B])).rejects.toThrow('no answer within 1000 ms');
    await expect.poll(() => reader.read([A]).then(() => 'answers', String)).toContain('no answer within');
    redis.resume();
  });

  it('asks once for what many callers want in the same turn', async () => {
    const [model, reader] = [await writer(), await instance()];
    await model.save([document('A', 1n), document('B', 1n)], { position: 1n, asOf: 1 });
    await reader.read([A]);
    const before = await calls('mget');
    const wanted = Array.from({ length: 100 }, (_, index) => (index % 2 === 0 ? [A] : [B, A]));
    const answers = await Promise.all(wanted.map((skus) => reader.read(skus)));

    expect((await calls('mget')) - before).toBeLessThanOrEqual(1);
    expect(answers.map(({ items }) => items.map((item) => item?.sku))).toEqual(wanted);
  });

  it('shows a write to whoever waited for it, at once', async () => {
    const [model, reader] = [await writer(), await instance()];
    await model.save([document('A', 1n)], { position: 1n, asOf: 1 });
    await warmed(reader, model, [A]);
    for (let position = 2n; position < 300n; position += 1n) {
      await model.save([document('A', position)], { position, asOf: Number(position) });
      expect(await reader.read([A], position)).toMatchObject({ items: [document('A', position)], position });
    }
  });

  it('asks again when its subscription was cut, and is told again later', async () => {
    const [model, reader] = [await writer(), await instance()];
    await model.save([document('A', 1n)], { position: 1n, asOf: 1 });
    await warmed(reader, model, [A]);
    await withRedis(redis.url, (client) => client.sendCommand(['CLIENT', 'KILL', 'TYPE', 'pubsub']));
    await model.save([document('A', 2n)], { position: 2n, asOf: 2 });
    await expect.poll(async () => (await reader.read([A])).position).toBe(2n);
    await warmed(reader, model, [A]);
    expect((await reader.read([A])).items).toEqual([document('A', 2n)]);
  });

  it('follows to a rebuilt model', async () => {
    const [model, reader] = [await writer(), await instance()];
    await model.save([document('A', 1n)], { position: 1n, asOf: 1 });
    await warmed(reader, model, [A]);
    await model.beginRebuild(0);
    const candidate = await model.candidate();
    await candidate?.save([document('A', 1n, 99)], { position: 2n, asOf: 2 });
    const comparison = await candidate?.compare();
    if (comparison !== undefined) await candidate?.promote(comparison, 0);

    expect((await reader.read([A], 2n)).items).toEqual([document('A', 1n, 99)]);
    await expect.poll(async () => (await reader.read([A])).items).toEqual([document('A', 1n, 99)]);
  });

  it('never shows a document at a position at which it was another', async () => {
    const model = await writer();
    const readers = [model, await instance(), await instance()];
    let position = 0n;
    const saved = new Map<Sku, bigint[]>();
    const at = (sku: Sku, when: bigint) => saved.get(sku)?.findLast((one) => one <= when);
    const expectTrue = (skus: readonly Sku[], answer: AvailabilityAnswer) =>
      expect(answer.items.map((item) => item?.position)).toEqual(skus.map((sku) => at(sku, answer.position)));

    async function change(skus: readonly Sku[]): Promise<void> {
      position += 1n;
      const mine = position;
      for (const sku of skus) saved.set(sku, [...(saved.get(sku) ?? []), mine]);
      await model.save(
        skus.map((sku) => document(sku, mine)),
        { position: mine, asOf: Number(mine) },
      );
    }
    const some = fc.subarray(SKUS, { minLength: 1 });
    const step = fc.record({ changed: fc.option(some), read: some, reader: fc.nat(2), pause: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40, size: 'max' }), async (steps) => {
        const reading: Promise<void>[] = [];
        for (const { changed, read, reader, pause } of steps) {
          const changing = changed === null ? undefined : change(changed);
          reading.push(
            (readers[reader] as RedisAvailabilityStore).read(read).then((answer) => expectTrue(read, answer)),
          );
          if (pause) await turn();
          await changing;
        }
        await Promise.all(reading);
      }),
      { numRuns: 60 },
    );
  });
});
