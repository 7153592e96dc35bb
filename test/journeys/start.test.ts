import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startRedis } from '../support/redis-server.js';
import { DIST, ServiceProcess } from '../support/service.js';
import { EMBEDDED } from '../support/service-store.js';

const ENTRY = join(DIST, 'main.js');
const sale = {
  id: 's1',
  type: 'sale',
  sku: 'MUG',
  location: 'STORE-A',
  occurredAt: '2026-11-20T10:00:00Z',
  quantity: 1,
};

let dataDir: string;
beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'stockfold-'));
});
afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

/** Starts it as a person would, and gives what that person reads. */
function refused(env: Record<string, string>): string {
  const settings = { PATH: process.env.PATH ?? '', DATA_DIR: dataDir, PORT: '0', LOG_LEVEL: 'silent', ...env };
  const { status, stderr } = spawnSync(process.execPath, [ENTRY], { env: settings, encoding: 'utf8', timeout: 60_000 });
  expect(status).toBe(1);
  return stderr;
}

describe('npm start refuses what cannot work, and says what to do', () => {
  it('a setting that is wrong', () => {
    expect(refused({ PORT: 'abc' })).toContain('PORT must be a number');
  });

  it('a port that something else has', async () => {
    const other = await ServiceProcess.start();
    expect(refused({ PORT: new URL(other.address).port })).toContain('the port is in use');
    await other.remove();
  });

  it('a folder that another service uses', async () => {
    const other = await ServiceProcess.start(EMBEDDED, dataDir);
    expect(refused({})).toContain('in use by another event node');
    await other.stop();
  });

  it('keys that are no keys', () => {
    writeFileSync(join(dataDir, 'keys.json'), '{"store":"short"}');
    expect(refused({})).toContain('has no key of 16 or more characters for: storefront, store, auditor, erp, operator');
  });

  it('an events.db that is something else', () => {
    writeFileSync(join(dataDir, 'events.db'), "not a database, but somebody's notes ".repeat(100));
    expect(refused({})).toContain('events.db');
  });

  it('a Redis that would drop availability silently', async () => {
    const redis = await startRedis({ maxmemoryPolicy: 'allkeys-lru' });
    expect(refused({ REDIS_URL: redis.url })).toContain('Set maxmemory-policy to noeviction');
    await redis.kill();
  });

  it('a Redis that belongs to another event store', async () => {
    const redis = await startRedis();
    const other = await ServiceProcess.start({ REDIS_URL: redis.url });
    expect(refused({ REDIS_URL: redis.url })).toContain('event store');
    await other.remove();
    await redis.kill();
  });
});

it('starts without its Redis, takes movements, and answers availability when Redis is there', async () => {
  const placeholder = await startRedis();
  const { port } = new URL(placeholder.url);
  await placeholder.kill();
  const env = { REDIS_URL: `redis://127.0.0.1:${port}` };
  const shop = await ServiceProcess.start(env, dataDir, { waitForReady: false });
  expect((await shop.record(sale)).body.results[0]).toMatchObject({ status: 'accepted' });
  expect(await shop.get('/v1/availability/MUG')).toMatchObject({ status: 503, body: { code: 'unavailable' } });
  expect((await shop.get('/health/ready')).status).toBe(503);
  const redis = await startRedis({ port: Number(port) });
  await expect.poll(async () => (await shop.get('/health/ready')).status).toBe(200);
  const answered = { status: 200, body: { available: 0, source: 'redis' } };
  await expect.poll(() => shop.get('/v1/availability/MUG')).toMatchObject(answered);
  await shop.stop();
  await redis.kill();
});

it('keeps its keys, its stock and what it knows over a restart', async () => {
  const shop = await ServiceProcess.start({}, dataDir);
  const key = shop.key('store');
  await shop.record(sale);
  await shop.stop();
  await shop.restart();
  expect(shop.key('store')).toBe(key);
  expect((await shop.get('/v1/availability/MUG')).body).toMatchObject({ locations: [{ onHand: -1 }] });
  expect((await shop.record(sale)).body.results[0]).toMatchObject({ status: 'duplicate', revision: 0 });
  await shop.stop();
});
