import { beforeEach, describe, expect, it } from 'vitest';
import { StartReplay, StartReplayHandler } from '../../../src/commands/postings/start-replay.js';
import type { Replay } from '../../../src/domain/replay/replay.js';
import type { JournalLine } from '../../../src/domain/valuation/events.js';
import type { LocationId, Sku } from '../../../src/domain/values/identifiers.js';
import { ErpGate } from '../../../src/projections/erp-delivery/erp-gate.js';
import { ReplayProjection } from '../../../src/projections/replay/replay-projection.js';
import { ProjectionRunner } from '../../../src/projections/run.js';
import { readReplay } from '../../../src/streams/replay-streams.js';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, QUIET, record } from '../../projections-valuation/shop.js';
import { decideParked, deliveredRefs, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const CLOCK = { now: () => Date.now() };
const ROLES = { accountOf: (_: string, { role }: JournalLine) => role };
const SKUS = Array.from({ length: 12 }, (_, index) => `SKU-${index}`);
const EVERYTHING = { from: null, to: null, occurredFrom: null, occurredTo: null, sku: null, location: null };

let store: FaultyStore;
let erp: TrialErp;
beforeEach(async () => {
  store = new FaultyStore();
  erp = new TrialErp();
  for (const sku of SKUS) await record(store, at(sku, 'LEEDS'), received(10, '2.00'), sold(1), sold(2));
  await record(store, at('SKU-1', 'YORK'), received(10, '2.00'));
  await valueAll(store);
  await deliverUntil(store, erp, async () => (await deliveredRefs(store)).length === SKUS.length * 3 + 1);
});

const ask = (range: Partial<StartReplay['range']>, dryRun: boolean): Promise<string> =>
  new StartReplayHandler(store, CLOCK).execute(
    new StartReplay('trial', { ...EVERYTHING, ...range }, dryRun, { actor: 'maria', correlationId: 'c-1' }),
  );

const replayed = async (id: string): Promise<Replay | undefined> => (await readReplay(store, id))?.replay;

/** A poster at work until something is as it should be. */
async function workUntil(done: () => boolean | Promise<boolean>): Promise<void> {
  const gate = new ErpGate(erp, () => performance.now(), { breaker: { firstOpenMs: 10 } });
  const runner = new ProjectionRunner(
    store,
    new ReplayProjection(store, gate, CLOCK, { accounts: ROLES, timeZone: 'Europe/London' }),
    QUIET,
  );
  runner.start();
  await expect.poll(done, { timeout: 20_000, interval: 5 }).toBe(true);
  await runner.stop();
}

async function replay(range: Partial<StartReplay['range']> = {}, dryRun = false) {
  const id = await ask(range, dryRun);
  await workUntil(async () => (await replayed(id))?.isFinished === true);
  return (await replayed(id))?.tally;
}

/** The ERP is restored from a backup that lacks what came last. */
const forget = (count: number) => erp.booked.splice(-count).map(({ ref }) => ref);
const refs = () => erp.booked.map(({ ref }) => ref).sort();

describe('a replay', () => {
  it('of an ERP that has everything changes nothing, however often', async () => {
    const before = refs();
    for (let times = 0; times < 2; times += 1) {
      expect(await replay()).toMatchObject({ looked: 37, present: 37, missing: 0, posted: 0 });
    }
    expect(refs()).toEqual(before);
  });

  it('without effect says what is missing; another posts it, once', async () => {
    const before = refs();
    const lost = forget(7);
    const dry = await replay({}, true);
    expect(dry).toMatchObject({ present: 30, missing: 7, posted: 0 });
    expect([...(dry?.examples ?? [])].sort()).toEqual(lost.sort());
    expect(refs()).toHaveLength(30);
    expect(await replay()).toMatchObject({ missing: 7, posted: 7, rejected: 0 });
    expect(refs()).toEqual(before);
    expect(await replay()).toMatchObject({ missing: 0 });
  });

  it('is about what it was asked for: a SKU, a location, a time, a place in the store', async () => {
    expect(await replay({ sku: 'SKU-1' as Sku })).toMatchObject({ looked: 4 });
    expect(await replay({ sku: 'SKU-1' as Sku, location: 'YORK' as LocationId })).toMatchObject({ looked: 1 });
    expect(await replay({ location: 'LEEDS' as LocationId })).toMatchObject({ looked: 36 });
    expect(await replay({ occurredFrom: Date.UTC(2027, 0, 1) })).toMatchObject({ looked: 0 });
    expect(await replay({ occurredTo: Date.UTC(2027, 0, 1) })).toMatchObject({ looked: 37 });
    const places: bigint[] = [];
    for await (const { position } of store.readAll({ streamPrefixes: ['valuation-'] })) places.push(position);
    const beforeLast = places.at(-2) ?? 0n;
    expect(await replay({ from: beforeLast })).toMatchObject({ looked: 1 });
    expect(await replay({ to: beforeLast })).toMatchObject({ looked: 36 });
  });

  it('goes on from where it was when its process dies, and posts nothing twice', async () => {
    const before = refs();
    forget(30);
    const id = await ask({}, false);
    let records = 0;
    store.fault = (stream) => (stream.startsWith('replay-') && [2, 4].includes(++records) ? 'lost' : undefined);
    await workUntil(async () => ((await replayed(id))?.tally.looked ?? 0) >= 10);
    await workUntil(async () => (await replayed(id))?.isFinished === true);
    expect(refs()).toEqual(before);
    expect((await replayed(id))?.tally).toMatchObject({ looked: 37, rejected: 0 });
    expect(records).toBeGreaterThan(4);
  });

  it('waits for an ERP that is away', async () => {
    const before = refs();
    forget(5);
    erp.isDown = true;
    const id = await ask({}, false);
    let looks = 0;
    await workUntil(() => ++looks > 30);
    expect((await replayed(id))?.isFinished).toBe(false);
    erp.isDown = false;
    await workUntil(async () => (await replayed(id))?.isFinished === true);
    expect(refs()).toEqual(before);
  });

  it('leaves alone what is parked, and never posts what was written off', async () => {
    erp.trouble = ({ sku, source }) => (sku === 'SKU-3' && source.revision === 3 ? 'period-closed' : undefined);
    await record(store, at('SKU-3', 'LEEDS'), sold(1), sold(1));
    await valueAll(store);
    await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length === 1);
    expect(await replay()).toMatchObject({ looked: 39, present: 37, open: 2, missing: 0 });
    await decideParked(store, { type: 'WrittenOff', proposedBy: null, actor: 'maria', comment: 'lost' });
    await deliverUntil(store, erp, async () => (await deliveredRefs(store)).length === SKUS.length * 3 + 2);
    const before = refs();
    expect(await replay()).toMatchObject({ looked: 39, present: 38, open: 0, writtenOff: 1, missing: 0 });
    expect(refs()).toEqual(before);
  });

  it('posts what had another date on that date again', async () => {
    erp.trouble = ({ date }) => (date < '2026-04-01' ? 'period-closed' : undefined);
    await record(store, at('SKU-3', 'LEEDS'), sold(1));
    await valueAll(store);
    await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length === 1);
    await decideParked(store, { type: 'Redated', date: '2026-04-03', actor: 'maria', comment: 'closed' });
    await deliverUntil(store, erp, async () => (await deliveredRefs(store)).length === SKUS.length * 3 + 2);
    forget(1);
    expect(await replay()).toMatchObject({ missing: 1, posted: 1 });
    expect(erp.booked.at(-1)?.date).toBe('2026-04-03');
  });
});
