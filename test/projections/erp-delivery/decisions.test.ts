import { beforeEach, describe, expect, it } from 'vitest';
import { received, sold } from '../../domain/valuation/movements.js';
import { at, FaultyStore, record } from '../../projections-valuation/shop.js';
import { decideParked, deliveredRefs, deliverUntil, happened, valueAll } from './poster.js';
import { TrialErp } from './trial-erp.js';

const MUG = at('MUG-1', 'LEEDS');
const SAID = { actor: 'maria', comment: 'March was opened again' };

let store: FaultyStore;
let erp: TrialErp;
beforeEach(async () => {
  store = new FaultyStore();
  erp = new TrialErp();
  erp.trouble = ({ source, date }) => (source.revision === 1 && date < '2026-04-01' ? 'period-closed' : undefined);
  await record(store, MUG, received(10, '2.00'), sold(1), sold(2), sold(3));
  await valueAll(store);
  await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length === 1);
  expect(booked()).toEqual([0]);
});

const booked = () => erp.booked.map(({ source }) => source.revision);
const deliverAll = (count: number) =>
  deliverUntil(store, erp, async () => (await deliveredRefs(store)).length === count);

describe('what a person decides about a parked posting', () => {
  it('a retry posts it once what was wrong is mended, and what it held back behind it', async () => {
    erp.trouble = () => undefined;
    await decideParked(store, { type: 'Retried', ...SAID });
    await deliverAll(4);
    expect(booked()).toEqual([0, 1, 2, 3]);
    expect(new Set(await deliveredRefs(store)).size).toBe(4);
  });

  it('a retry of what is still wrong parks it again, and counts', async () => {
    await decideParked(store, { type: 'Retried', ...SAID });
    await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length === 2);
    expect((await happened(store, 'Parked')).map(({ attempts }) => attempts)).toEqual([1, 2]);
    expect(booked()).toEqual([0]);
  });

  it('a new date is the first day that the ERP has open, and only of this posting', async () => {
    erp.firstOpenDay = '2026-04-01';
    await decideParked(store, { type: 'Redated', date: null, ...SAID });
    await deliverAll(4);
    expect(erp.booked.map(({ date }) => date)).toEqual(['2026-03-02', '2026-04-01', '2026-03-02', '2026-03-02']);
    const [, later] = await happened(store, 'Delivered');
    expect(later?.dates).toEqual({ [erp.booked[1]?.ref ?? '']: '2026-04-01' });
  });

  it('a new date is the one that the person names', async () => {
    await decideParked(store, { type: 'Redated', date: '2026-04-17', ...SAID });
    await deliverAll(4);
    expect(erp.booked[1]?.date).toBe('2026-04-17');
  });

  it('what is written off never gets to the ERP, and what it held back does', async () => {
    await decideParked(store, { type: 'WrittenOff', proposedBy: null, ...SAID });
    await deliverAll(3);
    expect(booked()).toEqual([0, 2, 3]);
  });

  it('is heard by a poster that is at work, between its own records', async () => {
    erp.trouble = () => undefined;
    let said = false;
    await deliverUntil(store, erp, async () => {
      if (!said) await decideParked(store, { type: 'Retried', ...SAID });
      said = true;
      await record(store, MUG, sold(1));
      await valueAll(store);
      return erp.booked.length > 6;
    });
    const revisions = booked();
    expect(revisions).toEqual(revisions.map((_, index) => index));
  });

  it('survives a poster that dies while it goes on with what was held back', async () => {
    erp.trouble = () => undefined;
    erp.batchLimit = 1;
    await decideParked(store, { type: 'Retried', ...SAID });
    let losses = 2;
    store.fault = (stream) => (stream.startsWith('delivery-') && losses-- > 0 ? 'lost' : undefined);
    await deliverAll(4);
    expect(booked()).toEqual([0, 1, 2, 3]);
    expect(losses).toBeLessThanOrEqual(0);
  });
});
