import 'reflect-metadata';
import { getMetadataStorage, validateSync } from 'class-validator';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { acceptanceOf } from '../../../src/http/body/acceptance.js';
import '../../../src/http/controllers/index.js';

type Shape = new () => object;

/** Every class of the service that has validation decorators. */
const shapes = (): Shape[] => {
  const { validationMetadatas } = getMetadataStorage() as unknown as { validationMetadatas: Map<Shape, unknown> };
  return [...validationMetadatas.keys()];
};

const fieldsOf = (shape: Shape): string[] => [
  ...new Set(
    getMetadataStorage()
      .getTargetValidationMetadatas(shape, '', false, false)
      .map(({ propertyName }) => propertyName),
  ),
];

/** What it must be, and what it is; for lists the first item that is wrong. */
const MESSAGE = /^must .+; (it|item \d+) is .+$/s;

/** What class-validator says, with the options that bodies are held to. */
const errorsOf = (shape: Shape, value: object) =>
  validateSync(Object.assign(new shape(), value), { whitelist: true, forbidNonWhitelisted: true });
const isValid = (shape: Shape, value: object): boolean => errorsOf(shape, value).length === 0;

/** What is said of fields that are known. */
const messagesOf = (shape: Shape, value: object): string[] =>
  errorsOf(shape, value).flatMap(({ constraints = {} }) =>
    Object.entries(constraints).flatMap(([rule, message]) => (rule === 'whitelistValidation' ? [] : [message])),
  );

/** Something right and something wrong for every rule. */
const VALUES: readonly unknown[] = [
  ...['MUG', 'A', 'order-1:2', 'a b', '', 'x'.repeat(65), 'sale', 'sellable', 'damage', 'found', 'GBP', 'XXZ', 'p1z'],
  ...['2026-11-20T09:30:00+01:00', '2026-02-30T10:00:00Z', '2026-11-20', '2.50', '-2.50', '1.2345678', '12', '1e3'],
  ...['moving-average', 'fifo', 'UTC', 'Europe/London', 'store', 'true', 'retry', 'keep', 'constructor'],
  ...[0, -0, 1, -1, 1.5, 30, 366, 900, 2_592_000, 2_592_001, 1_000_000_000, 1_000_000_001, Number.NaN],
  ...[null, undefined, true, false, {}, { sku: 'MUG' }, { web: 5 }, [], ['MUG'], ['MUG', 'a b'], [1], [null]],
  ...[Array(100).fill('A'), Array(101).fill('A'), Array(1_001).fill('A'), new Set(['MUG'])],
];

/** For each field the values that are right for it by themselves come up as often as all others together. */
function bodiesOf(shape: Shape): fc.Arbitrary<object> {
  const fields = fieldsOf(shape).map((name) => {
    const right = VALUES.filter((value) =>
      validateSync(Object.assign(new shape(), { [name]: value })).every(({ property }) => property !== name),
    );
    const usual = right.length === 0 ? [undefined] : right;
    const value = fc.oneof(
      { weight: 12, arbitrary: fc.constantFrom(...usual) },
      fc.constantFrom(...VALUES),
      fc.string(),
    );
    return fc.option(fc.tuple(fc.constant(name), value), { freq: 30 });
  });
  const unknown = fc.oneof(
    { weight: 9, arbitrary: fc.constant(null) },
    fc.tuple(fc.constantFrom('colour', 'toFact', 'toString', '0'), fc.constant(1)),
  );
  return fc.tuple(...fields, unknown).map((entries) => Object.fromEntries(entries.filter((entry) => entry !== null)));
}

describe('the compiled check of a body', () => {
  it.each(
    shapes()
      .filter((shape) => fieldsOf(shape).length > 0)
      .map((shape) => [shape.name, shape] as const),
  )('says of %s what class-validator says', (_, shape) => {
    const accepts = acceptanceOf(shape);
    const seen = { right: 0, wrong: 0 };
    fc.assert(
      fc.property(bodiesOf(shape), (body) => {
        const expected = isValid(shape, body);
        seen[expected ? 'right' : 'wrong'] += 1;
        expect(accepts(Object.assign(new shape(), body))).toBe(expected);
      }),
      { numRuns: 3_000 },
    );
    expect(Math.min(seen.right, seen.wrong)).toBeGreaterThan(50);
  });

  it.each(
    shapes()
      .filter((shape) => fieldsOf(shape).length > 0)
      .map((shape) => [shape.name, shape] as const),
  )('says of %s what each field must be and what it is', (_, shape) => {
    const seen = new Set<string>();
    fc.assert(
      fc.property(bodiesOf(shape), (body) => {
        for (const message of messagesOf(shape, body)) {
          expect(message).toMatch(MESSAGE);
          seen.add(message);
        }
      }),
    );
    expect(seen.size).toBeGreaterThan(0);
  });
});
