import { describe, expect, it } from 'vitest';
import { adjustmentReason } from '../../src/cli/import/adjustment-reason.js';
import { localTimes } from '../../src/cli/import/local-time.js';
import type { Outcome } from '../../src/cli/import/movement.js';
import { goodsSku, lineOutcome, placeOf } from '../../src/cli/import/movement.js';
import { openingCost } from '../../src/cli/import/opening-cost.js';
import type { Row } from '../../src/cli/import/rows.js';

const london = localTimes('Europe/London');

const TEAPOT: Row = {
  invoice_no: '700001',
  stock_code: '21034',
  description: 'BLUE ENAMEL TEAPOT',
  quantity: '6',
  invoice_date: '2011-03-01T09:10',
  unit_price: '4.25',
  country: 'United Kingdom',
};

function outcomeOf(changes: Partial<Row>, ordinal = 1): Outcome {
  const row = { ...TEAPOT, ...changes };
  const place = placeOf(row, goodsSku(row.stock_code) ?? '', london);
  return typeof place === 'string' ? { kind: 'rejected', problem: place } : lineOutcome(row, place, ordinal);
}

function movementOf(changes: Partial<Row>, ordinal = 1): object {
  const outcome = outcomeOf(changes, ordinal);
  if (outcome.kind !== 'movement') throw new Error(JSON.stringify(outcome));
  return outcome.movement;
}

describe('which lines are goods', () => {
  it.each([
    ['21034', '21034'],
    ['47102b', '47102B'],
    ['33071ab', '33071AB'],
  ])('%s is SKU %s', (code, sku) => expect(goodsSku(code)).toBe(sku));

  it.each([
    'POST',
    'M',
    'm',
    'BANK CHARGES',
    'gift_0001_20',
    'C2',
    '2103',
    '210345',
    '21034ABC',
    '21034-A',
    '21034ß',
    '',
  ])('"%s" is none', (code) => expect(goodsSku(code)).toBeUndefined());
});

describe('what a goods line becomes', () => {
  it('a line is a sale, known by invoice, SKU and ordinal', () => {
    expect(movementOf({ stock_code: '47102b' }, 2)).toEqual({
      id: 'pos:700001:47102B:2',
      type: 'sale',
      sku: '47102B',
      location: 'United-Kingdom',
      occurredAt: '2011-03-01T09:10:00+00:00',
      reference: '700001',
      quantity: 6,
    });
  });

  it.each(['C700003', 'c700003'])('an invoice %s is a sellable return of the absolute quantity', (invoice) => {
    const returned = { type: 'return', quantity: 2, disposition: 'sellable', reference: invoice };
    expect(movementOf({ invoice_no: invoice, quantity: '-2' })).toMatchObject(returned);
    expect(movementOf({ invoice_no: invoice, quantity: '2' })).toMatchObject(returned);
  });

  it('any other negative line is a negative adjustment', () => {
    expect(movementOf({ quantity: '-3', description: 'smashed' })).toMatchObject({
      type: 'adjustment',
      quantity: -3,
      reason: 'damage',
    });
  });

  it.each(['0', '-0', '+00'])('a quantity of %s moves nothing and is skipped', (quantity) => {
    expect(outcomeOf({ quantity })).toEqual({ kind: 'skipped', reason: 'quantity is zero' });
  });

  it('a quantity beyond what the service takes is left to the service to refuse', () => {
    expect(movementOf({ quantity: '1000000001' })).toMatchObject({ quantity: 1_000_000_001 });
  });

  it.each([
    ['quantity', ''],
    ['quantity', 'six'],
    ['quantity', '6.5'],
    ['quantity', '1e3'],
    ['quantity', '0x10'],
    ['quantity', 'NaN'],
    ['quantity', '9007199254740993'],
    ['invoice_no', ''],
    ['invoice_no', '7'.repeat(60)],
    ['invoice_date', ''],
    ['invoice_date', '12/1/2010 8:26'],
    ['invoice_date', '2010-12-01'],
    ['country', ''],
    ['country', '(unknown)'],
    ['country', 'X'.repeat(33)],
  ] as const)('a %s of "%s" is a problem that names it', (column, value) => {
    const outcome = outcomeOf({ [column]: value });
    expect(outcome).toMatchObject({ kind: 'rejected', problem: expect.stringContaining(column) });
  });

  it.each([
    ['Channel Islands', 'Channel-Islands'],
    ['U.S.A.', 'U-S-A-'],
    ["Côte d'Ivoire", 'C-te-d-Ivoire'],
    ['A  &  B', 'A-B'],
  ])('the country %s is the location %s', (country, location) => {
    expect(movementOf({ country })).toMatchObject({ location });
  });

  it('invoices that differ only in what an id cannot hold stay apart', () => {
    const invoices = ['A/1', 'A 1', 'A.1', 'A:1', 'A-1', 'A_1', 'Ä1'];
    const ids = invoices.map((invoice_no) => Reflect.get(movementOf({ invoice_no }), 'id'));
    expect(new Set(ids).size).toBe(invoices.length);
    for (const id of ids) expect(id).toMatch(/^[A-Za-z0-9._:-]{1,64}$/);
    expect(movementOf({ invoice_no: 'A/1' })).toMatchObject({ reference: 'A.2F1' });
  });
});

describe('why stock was written off, as far as the description tells', () => {
  it.each([
    ['damages', 'damage'],
    ['damages/display', 'damage'],
    ['Broken in transit', 'damage'],
    ['wet', 'damage'],
    ['thrown away', 'damage'],
    ['mouldy, thrown away.', 'damage'],
    ['lost', 'loss'],
    ['MIA', 'loss'],
    ['missing from pallet', 'loss'],
    ['found', 'found'],
    ['expired', 'expiry'],
    ['showroom', 'internal-use'],
    ['SWEETHEART BOX', 'correction'],
    ['?', 'correction'],
    ['', 'correction'],
  ])('"%s" is %s', (description, reason) => expect(adjustmentReason(description)).toBe(reason));
});

describe('local time to an instant', () => {
  it.each([
    ['winter', 'Europe/London', '2010-12-01T08:26', '2010-12-01T08:26:00+00:00'],
    ['summer', 'Europe/London', '2011-07-01T08:26', '2011-07-01T08:26:00+01:00'],
    ['with a space and seconds', 'Europe/London', '2011-07-01 08:26:07', '2011-07-01T08:26:07+01:00'],
    ['the first summer hour', 'Europe/London', '2011-03-27T02:00', '2011-03-27T02:00:00+01:00'],
    ['the last winter minute', 'Europe/London', '2011-03-27T00:59', '2011-03-27T00:59:00+00:00'],
    ['skipped in spring: the offset before', 'Europe/London', '2011-03-27T01:30', '2011-03-27T01:30:00+00:00'],
    ['twice in autumn: the earlier', 'Europe/London', '2011-10-30T01:30', '2011-10-30T01:30:00+01:00'],
    ['after the hour that came twice', 'Europe/London', '2011-10-30T02:00', '2011-10-30T02:00:00+00:00'],
    ['skipped west of Greenwich', 'America/New_York', '2011-03-13T02:30', '2011-03-13T02:30:00-05:00'],
    ['twice west of Greenwich', 'America/New_York', '2011-11-06T01:30', '2011-11-06T01:30:00-04:00'],
    ['a quarter-hour offset', 'Asia/Kathmandu', '2011-03-01T09:10', '2011-03-01T09:10:00+05:45'],
    ['an offset in seconds, written as UTC', 'Africa/Monrovia', '1970-01-01T12:00', '1970-01-01T12:44:30Z'],
    ['a leap day', 'UTC', '2012-02-29T23:59', '2012-02-29T23:59:00+00:00'],
  ])('%s', (_, zone, text, instant) => expect(localTimes(zone)(text)).toBe(instant));

  it.each(['2011-02-29T10:00', '2011-13-01T10:00', '2011-01-01T24:00', '2011-01-01T10:60', '2011-1-1T10:00', 'soon'])(
    '"%s" is none',
    (text) => expect(london(text)).toBeUndefined(),
  );
});

describe('opening unit cost: 60 % of a price, half up to the cent', () => {
  it.each([
    ['4.25', '2.55'],
    ['0.85', '0.51'],
    ['1', '0.60'],
    ['0.01', '0.01'],
    ['0.025', '0.02'], // 1.5 cents
    ['0.024', '0.01'], // 1.44 cents
    ['1.675', '1.01'], // 100.5 cents, which a binary float holds as a little less
    ['90071992547409.93', '54043195528445.96'],
  ])('%s costs %s', (price, cost) => expect(openingCost(price)).toBe(cost));

  it.each(['0', '0.00', '-4.25', '', 'free', '1e3'])('"%s" gives none', (price) => {
    expect(openingCost(price)).toBeUndefined();
  });
});
