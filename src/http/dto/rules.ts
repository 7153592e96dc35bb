import { ValidateBy, ValidateIf, type ValidationArguments, type ValidationOptions } from 'class-validator';
import { isCurrency } from '../../domain/values/currency.js';
import { isClientId, isLocationId, isSku } from '../../domain/values/identifiers.js';
import { parseInstant } from '../../domain/values/instant.js';
import { parseDecimal } from '../../domain/values/money.js';
import { isCountedQuantity, isQuantity, isSignedQuantity, MAX_QUANTITY } from '../../domain/values/quantity.js';
import { parseUnitCost } from '../../domain/values/unit-cost.js';
import { shown } from '../body/shown.js';
import { parsePosition } from '../position-token.js';

/**
 * The domain's own tests of a value as decorators, so that there is one definition of each. Their messages stand behind
 * the name of the field: what it must be, and what it is.
 */
export const rule =
  (name: string, test: (value: unknown) => boolean, expected: string) =>
  (options?: ValidationOptions): PropertyDecorator => {
    const given = (value: unknown): string => {
      if (options?.each !== true || !Array.isArray(value)) return `it is ${shown(value)}`;
      const wrong = value.findIndex((item) => !test(item));
      return `item ${wrong} is ${shown(value[wrong])}`;
    };
    const defaultMessage = (args?: ValidationArguments) => `${expected}; ${given(args?.value)}`;
    return ValidateBy({ name, validator: { validate: test, defaultMessage } }, options);
  };

/** The field may be left out; null is not the same as nothing. */
export const Optional = (): PropertyDecorator => ValidateIf((_, value) => value !== undefined);

/** A list of 1 to `most` items, whatever they are. */
export const IsListOfUpTo = (most: number) =>
  rule(
    'isList',
    (value) => Array.isArray(value) && value.length >= 1 && value.length <= most,
    `must be a list of 1 to ${most.toLocaleString('en')}`,
  )();

/** One of a few words. */
export const IsOneOf = (words: readonly string[], options?: ValidationOptions) =>
  rule(
    'isOneOf',
    (value) => typeof value === 'string' && words.includes(value),
    `must be ${options?.each === true ? 'of' : 'one of'} ${words.join(', ')}`,
  )(options);

export const IsTextOfUpTo = (most: number) =>
  rule(
    'isText',
    (value) => typeof value === 'string' && value.length <= most,
    `must be a text of up to ${most} characters`,
  )();

export const IsWholeNumber = (least: number, most: number) =>
  rule(
    'isWholeNumber',
    (value) => typeof value === 'number' && Number.isInteger(value) && value >= least && value <= most,
    `must be a whole number from ${least} to ${most.toLocaleString('en')}`,
  )();

export const IsTrueOrFalse = rule('isBoolean', (value) => typeof value === 'boolean', 'must be true or false');

const MOST = MAX_QUANTITY.toLocaleString('en');

export const IsSkuText = rule('isSku', isSku, 'must be a SKU: a letter or digit, then up to 63 of A-Z a-z 0-9 . _ -');
export const IsLocationText = rule(
  'isLocation',
  isLocationId,
  'must be a location: a letter or digit, then up to 31 of A-Z a-z 0-9 _ -',
);
export const IsClientIdText = rule('isClientId', isClientId, 'must be 1 to 64 of A-Z a-z 0-9 . _ : -');
export const IsQuantity = rule('isQuantity', isQuantity, `must be a whole number from 1 to ${MOST}`);
export const IsSignedQuantity = rule(
  'isSignedQuantity',
  isSignedQuantity,
  `must be a whole number from 1 to ${MOST}, or the same below 0`,
);
export const COUNTED = `must be a whole number from 0 to ${MOST}`;
export const IsCountedQuantity = rule('isCountedQuantity', isCountedQuantity, COUNTED);
export const IsInstantText = rule(
  'isInstant',
  (value) => parseInstant(value) !== undefined,
  'must be an RFC 3339 instant with offset, e.g. 2026-11-20T09:30:00+01:00',
);
export const IsPositionToken = rule(
  'isPosition',
  (value) => parsePosition(value) !== undefined,
  'must be a position that an answer of this service gave',
);
export const IsCurrencyText = rule('isCurrency', isCurrency, 'must be an ISO 4217 currency code, e.g. GBP');
export const IsUnitCostText = rule(
  'isUnitCost',
  (value) => parseUnitCost(value) !== undefined,
  'must be a decimal text of 0 or more with up to 6 places, e.g. "2.50"',
);
export const IsAmountText = rule(
  'isAmount',
  (value) => parseDecimal(value, 4) !== undefined,
  'must be a decimal text of an amount, e.g. "-12.34"',
);
/** Query parameters are text. */
export const IsWholeNumberText = rule(
  'isWholeNumberText',
  (value) => typeof value === 'string' && /^\d{1,15}$/.test(value),
  'must be a whole number of 0 or more',
);
