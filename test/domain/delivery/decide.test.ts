import { describe, expect, it } from 'vitest';
import { decodeDelivery, encodeDelivery } from '../../../src/domain/delivery/codec.js';
import { type DecideOnPosting, decide } from '../../../src/domain/delivery/decide.js';
import type { DeliveryEvent, DeliveryHappening } from '../../../src/domain/delivery/events.js';
import { type DeliveryState, evolve, NO_DELIVERIES, placed } from '../../../src/domain/delivery/state.js';
import { WriteOffLimit, worthOf } from '../../../src/domain/delivery/worth.js';
import { Rejected } from '../../../src/domain/rejected.js';
import type { Currency } from '../../../src/domain/values/currency.js';
import type { LocationId } from '../../../src/domain/values/identifiers.js';

const STREAM = 'valuation-MUG@LEEDS';
const OTHER = 'valuation-CUP@LEEDS';
const parkedAt = (stream: string, ref: string, revision = 3): DeliveryHappening => ({
  type: 'Parked',
  ref,
  code: 'PERIOD_CLOSED',
  detail: 'March is closed',
  attempts: 1,
  valuation: { stream, revision },
});

/** The events that these happenings make, one after the other, each through its stored form, and the state. */
function history(...happenings: readonly DeliveryHappening[]) {
  let state = NO_DELIVERIES;
  const events: DeliveryEvent[] = [];
  for (const happening of happenings) {
    const { event, after } = placed(state, happening, BigInt(events.length + 1), 1_000);
    const read = decodeDelivery(JSON.parse(JSON.stringify(encodeDelivery(event))));
    expect(read).toEqual(event);
    expect(evolve(state, read, state.revision + 1)).toEqual(after);
    events.push(event);
    state = after;
  }
  return { events, state };
}

const wanted = (decision: DecideOnPosting['decision'], more: Partial<DecideOnPosting> = {}): DecideOnPosting => ({
  decision,
  ref: 'ref-1',
  stream: STREAM,
  actor: 'maria',
  comment: 'because',
  date: null,
  needsTwo: false,
  ...more,
});

const decidedOn = (state: DeliveryState, command: DecideOnPosting): DeliveryState => {
  const decided = decide(state, command);
  if (decided instanceof Rejected) throw new Error(decided.code);
  return decided.reduce((now, happening) => placed(now, happening, now.position, 2_000).after, state);
};

describe('a decision about a parked posting', () => {
  const { state } = history(parkedAt(STREAM, 'ref-1'));

  it.each([
    ['retry', 'Retried'],
    ['redate', 'Redated'],
    ['write-off', 'WrittenOff'],
  ] as const)('%s is an event with the name of whoever decided', (decision, type) => {
    expect(decide(state, wanted(decision))).toMatchObject([
      { type, ref: 'ref-1', actor: 'maria', comment: 'because', valuation: { stream: STREAM, revision: 3 } },
    ]);
  });

  it('is made once: the same again changes nothing, another is refused', () => {
    const decided = decidedOn(state, wanted('redate', { date: '2026-04-01' }));
    expect(decide(decided, wanted('redate', { date: '2026-04-01' }))).toEqual([]);
    expect(decide(decided, wanted('redate', { date: '2026-05-01' }))).toMatchObject({ code: 'not-parked' });
    expect(decide(decided, wanted('write-off'))).toMatchObject({ code: 'not-parked' });
  });

  it('is refused for a posting that is not parked', () => {
    expect(decide(state, wanted('retry', { ref: 'ref-2' }))).toMatchObject({ code: 'not-parked' });
    expect(decide(NO_DELIVERIES, wanted('retry'))).toMatchObject({ code: 'not-parked' });
  });

  it('a write-off above the limit takes a second person', () => {
    const large = { needsTwo: true };
    const proposed = decidedOn(state, wanted('write-off', large));
    expect(proposed.standstills.get(STREAM)?.parked?.proposal).toEqual({ actor: 'maria', comment: 'because' });
    expect(decide(proposed, wanted('write-off', large))).toEqual([]);
    expect(decide(proposed, wanted('write-off', { ...large, actor: 'john' }))).toMatchObject([
      { type: 'WrittenOff', actor: 'john', proposedBy: 'maria' },
    ]);
    expect(decide(proposed, wanted('redate', large))).toMatchObject([{ type: 'Redated' }]);
  });

  it('about one posting of a movement is not forgotten when the next one parks too', () => {
    const decided = decidedOn(state, wanted('write-off'));
    const again = placed(decided, parkedAt(STREAM, 'ref-1.2'), 9n, 3_000).after;
    const both = decidedOn(again, wanted('write-off', { ref: 'ref-1.2' }));
    expect([...(both.standstills.get(STREAM)?.courses.keys() ?? [])]).toEqual(['ref-1', 'ref-1.2']);
  });
});

describe('what a delivery stream has open', () => {
  it('can be read from where its newest event says', () => {
    const { events, state } = history(
      { type: 'Delivered', refs: ['a'], mapping: 'm-1' },
      parkedAt(STREAM, 'ref-1'),
      {
        type: 'Deferred',
        valuations: [{ stream: OTHER, revision: 1 }],
        trouble: { ref: 'x', detail: 'no', attempts: 2 },
      },
      { type: 'Delivered', refs: ['b'], mapping: 'm-1' },
      { type: 'Delivered', refs: [], mapping: 'm-1', caughtUp: [{ stream: STREAM, next: null }] },
    );
    expect(events.map(({ parkedSince }) => parkedSince)).toEqual([null, 1, 1, 1, 2]);
    const late = events.slice(2).reduce((now, event, index) => evolve(now, event, index + 2), NO_DELIVERIES);
    expect(late).toEqual(state);
    expect(state.standstills.get(OTHER)).toMatchObject({ from: 1, attempts: 2, detail: 'no' });
  });
});

describe('how much one person may write off', () => {
  const line = (amount: bigint) => ({ role: 'cogs' as const, location: 'LEEDS' as LocationId, amount });
  const posting = { ref: 'r', date: '2026-03-02', currency: 'GBP' as Currency, lines: [line(10_001n), line(-10_001n)] };

  const isExceeded = (limit: string, minor: bigint, currency: string) =>
    WriteOffLimit.parse(limit)?.isExceededBy({ minor, currency: currency as Currency });

  it('is what the debits are worth, in the currency of the posting', () => {
    const limit = WriteOffLimit.parse('GBP:100.00,JPY:100');
    expect(limit?.isExceededBy(worthOf(posting))).toBe(true);
    expect(isExceeded('GBP:100.00,JPY:100', 10_000n, 'GBP')).toBe(false);
    expect(isExceeded('GBP:100.00,JPY:100', 101n, 'JPY')).toBe(true);
    expect(isExceeded('GBP:100.00,JPY:100', 100n, 'JPY')).toBe(false);
    expect(WriteOffLimit.NONE.isExceededBy(worthOf(posting))).toBe(false);
  });

  it('takes two people in a currency that is not named, unless something is said of all others', () => {
    expect(isExceeded('GBP:100', 1n, 'EUR')).toBe(true);
    expect(isExceeded('GBP:100,*:5', 500n, 'EUR')).toBe(false);
    expect(isExceeded('GBP:100,*:5', 501n, 'EUR')).toBe(true);
    expect(isExceeded('5.00', 501n, 'EUR')).toBe(true);
    expect(isExceeded('5.00', 500n, 'EUR')).toBe(false);
  });

  it.each(['much', 'GBP:', 'GBP:1,GBP:2', 'gbp:1', 'GBP:-1', 'GBP:1;EUR:2', ''])('cannot be %o', (text) => {
    expect(WriteOffLimit.parse(text)).toBeUndefined();
  });

  it('is read back as it was', () => {
    const text = WriteOffLimit.parse('GBP:100,*:0.5')?.toString() ?? '';
    expect(WriteOffLimit.stored(text).toString()).toBe(text);
    expect(WriteOffLimit.stored(WriteOffLimit.NONE.toString())).toBe(WriteOffLimit.NONE);
  });

  it('is the amount itself where it could not be valued', () => {
    const parked = { code: 'CURRENCY', amount: '-3.50', currency: 'USD' } as const;
    expect(worthOf({ ...posting, lines: [], parked })).toEqual({ minor: 350n, currency: 'USD' });
  });
});
