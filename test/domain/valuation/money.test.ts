import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Currency } from '../../../src/domain/values/currency.js';
import { currencyPlaces, isCurrency } from '../../../src/domain/values/currency.js';
import { allotted, divideHalfUp, formatMoney, parseMoney } from '../../../src/domain/values/money.js';
import { formatUnitCost, parseUnitCost } from '../../../src/domain/values/unit-cost.js';

const GBP = 'GBP' as Currency;
const JPY = 'JPY' as Currency;
const KWD = 'KWD' as Currency;

describe('currencies', () => {
  it('are ISO 4217 codes', () => {
    expect(['GBP', 'JPY', 'KWD', 'EUR'].every(isCurrency)).toBe(true);
    expect(['gbp', 'GB', 'QQQ', '', '__proto__', 826, null].some(isCurrency)).toBe(false);
  });

  it('have the places of their smallest coin', () => {
    const places = ['GBP', 'JPY', 'KWD', 'CLF', 'ISK', 'TND'].map((code) => currencyPlaces(code as Currency));
    expect(places).toEqual([2, 0, 3, 4, 0, 3]);
  });
});

describe('amounts', () => {
  it('are read and written exactly', () => {
    for (const text of ['12.34', '0.05', '-0.05', '0.00', '90071992547409.93']) {
      const money = parseMoney(text, GBP);
      expect(money && formatMoney(money)).toBe(text);
    }
    expect(parseMoney('1234', JPY)).toEqual({ minor: 1234n, currency: 'JPY' });
    expect(parseMoney('1.234', KWD)).toEqual({ minor: 1234n, currency: 'KWD' });
    expect(parseMoney('12.3', GBP)).toEqual({ minor: 1230n, currency: 'GBP' });
  });

  it.each([
    '1.234',
    '1e3',
    '.5',
    '5.',
    '+1',
    ' 1',
    '1,5',
    '0x10',
    'NaN',
    '',
    '9'.repeat(50),
    '1000000000000000.01',
    12.34,
  ])('do not take %s for pounds', (text) => {
    expect(parseMoney(text, GBP)).toBeUndefined();
  });

  it('round half up, and the halves of negatives away from zero, so that a reversal mirrors its original', () => {
    const rounded = [5n, 4n, 6n, -5n, -4n, -6n, 15n, -15n, 0n].map((tenths) => divideHalfUp(tenths, 10n));
    expect(rounded).toEqual([1n, 0n, 1n, -1n, 0n, -1n, 2n, -2n, 0n]);
    expect(divideHalfUp(5n, -10n)).toBe(-1n);
  });
});

describe('unit costs', () => {
  it('have up to six places and are never negative', () => {
    expect(parseUnitCost('2.5')).toBe(2_500_000n);
    expect(parseUnitCost('0.000001')).toBe(1n);
    expect(parseUnitCost('0')).toBe(0n);
    expect(['0.0000001', '-1', '-0', '1e-3', '', '1000000000.000001', 2.5].map(parseUnitCost)).toEqual(
      Array(7).fill(undefined),
    );
  });

  it('are written with no fewer places than the currency has', () => {
    const written = ['2.5', '0.333333', '7', '7.10'].map((text) => formatUnitCost(parseUnitCost(text) ?? raise(), GBP));
    expect(written).toEqual(['2.50', '0.333333', '7.00', '7.10']);
    expect(formatUnitCost(parseUnitCost('7') ?? raise(), JPY)).toBe('7');
  });
});

function raise(): never {
  throw new Error('not a unit cost');
}

describe('an amount by weights', () => {
  it('sums to what it was, no part a minor unit off, and mirrored for what is taken back', () => {
    const weights = fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 12n), max: 10n ** 12n }), weights, (amount, all) => {
        const parts = allotted(amount, all);
        const whole = all.reduce((sum, weight) => sum + BigInt(weight), 0n);
        expect(parts.reduce((sum, part) => sum + part, 0n)).toBe(amount);
        for (const [index, part] of parts.entries()) {
          const apart = part * whole - amount * BigInt(all[index] ?? 0);
          expect(apart < whole && apart > -whole).toBe(true);
        }
        expect(allotted(-amount, all)).toEqual(parts.map((part) => -part));
      }),
    );
  });
});
