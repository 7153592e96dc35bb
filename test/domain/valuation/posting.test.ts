import { describe, expect, it } from 'vitest';
import { decodeValued, encodeValued } from '../../../src/domain/valuation/codec.js';
import { localDate } from '../../../src/domain/valuation/posting-date.js';
import { History, journalOf, onHand } from './history.js';
import { received, returned, revised, settled, sold } from './movements.js';

const HALF_PAST_ELEVEN_ON_NEW_YEARS_EVE = Date.UTC(2026, 11, 31, 23, 30);

describe('the date of a posting', () => {
  it('is the local day of what happened', () => {
    const dateIn = (timeZone: string) =>
      new History({ timeZone }).record({ ...received(1, '1.00'), occurredAt: HALF_PAST_ELEVEN_ON_NEW_YEARS_EVE })
        ?.postings[0]?.date;
    expect(dateIn('Europe/London')).toBe('2026-12-31');
    expect(dateIn('Europe/Berlin')).toBe('2027-01-01');
    expect(dateIn('America/New_York')).toBe('2026-12-31');
  });

  it('begins with local midnight to the millisecond, also where the zone is a quarter of an hour off', () => {
    for (const [timeZone, midnight] of [
      ['Asia/Kathmandu', Date.UTC(2026, 4, 1, 18, 15)],
      ['Europe/London', Date.UTC(2026, 4, 1, 23)],
      ['America/St_Johns', Date.UTC(2026, 4, 2, 2, 30)],
    ] as const) {
      expect([midnight - 1, midnight, midnight - 1].map((instant) => localDate(instant, timeZone))).toEqual([
        '2026-05-01',
        '2026-05-02',
        '2026-05-01',
      ]);
    }
  });

  it('has four digits of year however long ago', () => {
    expect(localDate(Date.parse('0007-05-01T12:00:00Z'), 'Europe/London')).toBe('0007-05-01');
    expect(localDate(Date.parse('1066-10-14T12:00:00Z'), 'Europe/London')).toBe('1066-10-14');
  });
});

describe('the ref of a posting', () => {
  it('is the id of the stock event it comes from', () => {
    const leeds = new History();
    leeds.record(received(2, '1.00'));
    expect(leeds.record(sold(1))?.postings.map(({ ref }) => ref)).toEqual(['event-1']);
  });
});

describe('money in another currency than the location is valued in', () => {
  it('parks the posting of a receipt, while its goods count at the present cost', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00', 'GBP'));
    const dollars = leeds.record(received(5, '9.00', 'USD'));
    expect(journalOf(dollars)).toEqual({ inventory: '10.00', grni: '-10.00' });
    expect(dollars?.postings[0]?.parked).toEqual({ code: 'CURRENCY', amount: '9.00', currency: 'USD' });
    expect(onHand(leeds)).toEqual({ quantity: 15, value: '30.00' });
  });

  it('parks a revision without any effect', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00', 'GBP'));
    const [posting] = leeds.record(revised('7.00', 'EUR'))?.postings ?? [];
    expect(posting).toMatchObject({ lines: [], parked: { code: 'CURRENCY', amount: '7.00', currency: 'EUR' } });
    expect(onHand(leeds)).toEqual({ quantity: 10, value: '20.00' });
  });
});

describe('currencies with other places than two', () => {
  it('value in whole yen and in thousandths of a dinar', () => {
    const tokyo = new History();
    expect(journalOf(tokyo.record(received(3, '33.5', 'JPY')))).toEqual({ inventory: '101', grni: '-101' });
    const kuwait = new History();
    expect(journalOf(kuwait.record(received(3, '0.3335', 'KWD')))).toEqual({ inventory: '1.001', grni: '-1.001' });
  });
});

describe('the stored form', () => {
  it('comes back as it was, whatever the state', () => {
    const leeds = new History();
    leeds.record(sold(3), returned(1), settled(sold(1)), received(7, '2.333333'), sold(2), revised('-1.00'));
    leeds.record(received(1, '1.00', 'USD'), sold(9));
    for (const valued of leeds.valued) {
      const stored = JSON.parse(JSON.stringify(encodeValued(valued)));
      expect(decodeValued(stored)).toEqual(valued);
    }
    expect(leeds.valued).toHaveLength(8);
  });

  it('holds amounts as decimal text with debits and credits', () => {
    const leeds = new History();
    const valued = leeds.record(received(3, '0.335'));
    expect(valued && encodeValued(valued)).toEqual({
      source: { eventId: 'event-0', revision: 0, position: '1', type: 'Received', movementId: expect.any(String) },
      currency: 'GBP',
      units: 3,
      cost: '1.01',
      quantityChange: 3,
      valueChange: '1.01',
      after: {
        quantity: 3,
        value: '1.01',
        lastCost: { amount: '1.010000', units: 3 },
        newestReceipt: { revision: 0, units: 3 },
      },
      method: 'moving-average',
      ruleVersion: 2,
      postings: [
        {
          ref: 'event-0',
          date: '2026-03-02',
          lines: [
            { role: 'inventory', location: 'LEEDS', debit: '1.01' },
            { role: 'grni', location: 'LEEDS', credit: '1.01' },
          ],
        },
      ],
    });
  });
});
