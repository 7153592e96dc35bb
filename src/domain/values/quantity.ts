/** Most units one movement, line or policy may name. */
export const MAX_QUANTITY = 1_000_000_000;

/** A whole number of the SKU's base unit, 1 to {@link MAX_QUANTITY}. */
export const isQuantity = (value: unknown): value is number =>
  typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= MAX_QUANTITY;

/** A change of stock in either direction, never 0. */
export const isSignedQuantity = (value: unknown): value is number =>
  typeof value === 'number' && isQuantity(Math.abs(value));

/** What a count may find: also nothing. */
export const isCountedQuantity = (value: unknown): value is number => isQuantity(value) || Object.is(value, 0);
