import type { AccountRole } from '../../src/domain/valuation/accounts.js';
import type { Currency } from '../../src/domain/values/currency.js';
import { eventId } from '../../src/domain/values/event-id.js';
import type { LocationId, Sku } from '../../src/domain/values/identifiers.js';
import type { ErpPosting } from '../../src/ports/erp.js';

/** The posting of a sale, named by a number. */
export function saleOf(number: number, pence = 153n, more: Partial<ErpPosting> = {}): ErpPosting {
  const sku = 'MUG-1' as Sku;
  const location = 'LEEDS' as LocationId;
  const line = (role: AccountRole, amount: bigint) => ({ role, location, amount });
  return {
    ref: eventId('stock-MUG-1@LEEDS', `movement:till-${number}`),
    date: '2026-03-02',
    sku,
    location,
    currency: 'GBP' as Currency,
    lines: [line('inventory', -pence), line('cogs', pence)],
    source: { stream: 'stock-MUG-1@LEEDS', revision: number, type: 'Sold', movementId: `till-${number}` },
    ...more,
  };
}

export const sales = (count: number): ErpPosting[] => Array.from({ length: count }, (_, number) => saleOf(number));
