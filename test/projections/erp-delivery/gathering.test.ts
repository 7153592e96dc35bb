import { expect, it } from 'vitest';
import { dueAt, type GatheringOptions } from '../../../src/projections/erp-delivery/gathering.js';

it.each<[GatheringOptions, string, string]>([
  [{ period: 'day' }, '2026-03-02T00:00:00.000Z', '2026-03-03T00:00:00.000Z'],
  [{ period: 'day' }, '2026-12-31T23:59:59.999Z', '2027-01-01T00:00:00.000Z'],
  [{ period: 'month' }, '2026-02-03T12:00:00.000Z', '2026-03-01T00:00:00.000Z'],
  [{ period: 'month' }, '2026-12-31T12:00:00.000Z', '2027-01-01T00:00:00.000Z'],
  [{ period: 'day', everyMs: 60_000 }, '2026-03-02T12:00:00.000Z', '2026-03-02T12:01:00.000Z'],
])('what is summed by %o and recorded at %s is to be sent at %s', (options, recorded, due) => {
  expect(new Date(dueAt(Date.parse(recorded), options)).toISOString()).toBe(due);
});
