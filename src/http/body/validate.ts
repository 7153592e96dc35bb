import { type ValidationError, validateSync } from 'class-validator';
import type { JsonValue } from '../../domain/values/json.js';
import { Problem } from '../problem.js';
import { type Acceptance, acceptanceOf, fieldsOf } from './acceptance.js';
import { shown } from './shown.js';

/** A class whose decorators say what a body or line may hold. */
export type Shape<T extends object> = new () => T;

export interface Defect {
  /** Where, e.g. `lines[0].quantity`. */
  readonly path: string;
  readonly message: string;
}

const acceptances = new WeakMap<Shape<object>, Acceptance>();

function accepts(shape: Shape<object>, instance: object): boolean {
  let acceptance = acceptances.get(shape);
  if (acceptance === undefined) {
    acceptance = acceptanceOf(shape);
    acceptances.set(shape, acceptance);
  }
  return acceptance(instance);
}

/** The value as an instance of its shape, or what is wrong with it. Unknown fields are defects. */
export function checked<T extends object>(shape: Shape<T>, value: unknown): T | readonly Defect[] {
  if (!isObject(value)) return [{ path: '', message: expected('must be an object', value) }];
  const instance = Object.assign(new shape(), value);
  if (accepts(shape, instance)) return instance;
  const errors = validateSync(instance, {
    whitelist: true,
    forbidNonWhitelisted: true,
    forbidUnknownValues: true,
    stopAtFirstError: true,
  });
  return errors.length === 0 ? instance : errors.flatMap((error) => defectsOf(error, shape));
}

/** The body as an instance of its shape. @throws Problem 400 with all defects */
export function parsed<T extends object>(shape: Shape<T>, value: unknown, where: 'body' | 'parameter' = 'body'): T {
  const result = checked(shape, value);
  if (isDefects(result)) throw invalid(result, where);
  return result;
}

/** The items of a body's list, each as an instance of its shape. @throws Problem 400 with the defects of the first bad one */
export function parsedList<T extends object>(shape: Shape<T>, values: readonly unknown[], field: string): T[] {
  return values.map((value, index) => {
    const result = checked(shape, value);
    if (!isDefects(result)) return result;
    const at = `${field}[${index}]`;
    throw invalid(result.map(({ path, message }) => ({ path: path === '' ? at : `${at}.${path}`, message })));
  });
}

/** A 400 that names each field, what it must be and what it is. */
export const invalid = (defects: readonly Defect[], where: 'body' | 'parameter' = 'body'): Problem =>
  new Problem(
    400,
    where === 'body' ? 'invalid-body' : 'invalid-parameter',
    describe(defects, where === 'body' ? 'The body' : 'The query'),
    {
      errors: defects.map(({ path, message }) => ({ path, message })),
    },
  );

/** What a field must be, and what it is. */
export const expected = (what: string, given: unknown): string => `${what}; it is ${shown(given)}`;

/** A 400 for a body that changes nothing. */
export const saysNothing = (fields: string): Problem =>
  invalid([{ path: '', message: `must say at least one of ${fields}; it is empty` }]);

/** The fields that have a value. */
export const givenNames = (fields: object): readonly string[] =>
  Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [] : [name]));

export const isDefects = (result: object): result is readonly Defect[] => Array.isArray(result);

/** @param whole what an empty path stands for */
export const describe = (defects: readonly Defect[], whole: string): string =>
  defects.map(({ path, message }) => `${path === '' ? whole : path} ${message}`).join('; ');

export const isObject = (value: unknown): value is Record<string, JsonValue> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function defectsOf({ property, constraints = {} }: ValidationError, shape: Shape<object>): Defect[] {
  return Object.entries(constraints).map(([rule, message]) => ({
    path: property,
    message: rule === 'whitelistValidation' ? `is not a known field; known are ${fieldsOf(shape).join(', ')}` : message,
  }));
}
