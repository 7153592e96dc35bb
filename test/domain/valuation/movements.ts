import type {
  Adjusted,
  AdjustmentReason,
  Counted,
  Disposition,
  DispositionMoved,
  Received,
  Returned,
  Sold,
  UnitCostRevised,
} from '../../../src/domain/stock/events.js';
import type { ClientId } from '../../../src/domain/values/identifiers.js';

let number = 0;

/** The middle of a working day, so that no time zone changes its date by accident. */
const fact = (id?: string) => {
  number += 1;
  return { id: (id ?? `m-${number}`) as ClientId, occurredAt: Date.UTC(2026, 2, 2, 12) };
};

export const received = (quantity: number, unitCost: string, currency = 'GBP', id?: string): Received => ({
  type: 'Received',
  ...fact(id),
  quantity,
  unitCost,
  currency,
});
export const sold = (quantity: number, id?: string): Sold => ({ type: 'Sold', ...fact(id), quantity });
export const returned = (quantity: number, originalSale?: string, disposition: Disposition = 'sellable'): Returned => ({
  type: 'Returned',
  ...fact(),
  quantity,
  disposition,
  ...(originalSale === undefined ? {} : { originalSale: originalSale as ClientId }),
});
export const adjusted = (quantity: number, reason: AdjustmentReason = 'correction'): Adjusted => ({
  type: 'Adjusted',
  ...fact(),
  quantity,
  reason,
});
export const counted = (count: number, variance: number): Counted => ({
  type: 'Counted',
  ...fact(),
  counted: count,
  disposition: 'sellable',
  variance,
});
export const moved = (quantity: number, from: Disposition, to: Disposition): DispositionMoved => ({
  type: 'DispositionMoved',
  ...fact(),
  quantity,
  from,
  to,
});
export const revised = (amount: string, currency = 'GBP', receipt?: string): UnitCostRevised => ({
  type: 'UnitCostRevised',
  ...fact(),
  amount,
  currency,
  reason: 'landed cost',
  ...(receipt === undefined ? {} : { reference: receipt }),
});

/** A fact that is told when newer ones were known. */
export const late = <Movement extends Received | Sold | Returned | UnitCostRevised>(movement: Movement): Movement => ({
  ...movement,
  exceptions: ['late'],
});

/** A fact from before a count that has already been taken. */
export const settled = <Movement extends Received | Sold | Returned | Adjusted | DispositionMoved>(
  movement: Movement,
  ...dispositions: readonly Disposition[]
): Movement => ({ ...movement, settledByCount: dispositions.length === 0 ? ['sellable'] : dispositions });
