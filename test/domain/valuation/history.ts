import type { StockEvent } from '../../../src/domain/stock/events.js';
import type { AccountRole } from '../../../src/domain/valuation/accounts.js';
import { encodeValued } from '../../../src/domain/valuation/codec.js';
import type { Valued } from '../../../src/domain/valuation/events.js';
import type { ValuationTerms } from '../../../src/domain/valuation/posting-rules.js';
import type { CostedReceipt, ValuationState } from '../../../src/domain/valuation/state.js';
import { evolveValuation, noValuation } from '../../../src/domain/valuation/state.js';
import type { SaleCost } from '../../../src/domain/valuation/value.js';
import { currencyCarried, receiptOf, saleCost, value } from '../../../src/domain/valuation/value.js';
import type { Currency } from '../../../src/domain/values/currency.js';
import { storedCurrency } from '../../../src/domain/values/currency.js';
import type { LocationId } from '../../../src/domain/values/identifiers.js';
import { formatMoney } from '../../../src/domain/values/money.js';

export const LEEDS = 'LEEDS' as LocationId;

interface HistoryOptions {
  readonly timeZone?: string;
  readonly terms?: Partial<ValuationTerms>;
  readonly skuClass?: string;
}

/** Long after everything that happens here. */
export const RECORDED_AT = Date.UTC(2026, 3, 20, 12);

/** A stock stream and its valuation side by side, as the projection keeps them. */
export class History {
  readonly valued: Valued[] = [];
  state: ValuationState;
  private revision = -1;
  private currency: Currency | undefined;

  private readonly timeZone: string;
  private readonly skuClass: string | undefined;

  constructor({ timeZone = 'Europe/London', terms, skuClass }: HistoryOptions = {}) {
    this.timeZone = timeZone;
    this.skuClass = skuClass;
    this.state = noValuation({ method: 'moving-average', damaged: 'keep', ...terms });
  }

  /** Values the events in order; what comes back is the last one's. */
  record(...events: readonly StockEvent[]): Valued | undefined {
    let last: Valued | undefined;
    for (const event of events) last = this.recordOne(event);
    return last;
  }

  private recordOne(event: StockEvent): Valued | undefined {
    this.revision += 1;
    const carried = currencyCarried(event, undefined);
    if (carried !== undefined) this.currency ??= storedCurrency(carried);
    const originalSale = this.saleNamedBy(event);
    const revisedReceipts = this.receiptsNamedBy(event);
    const valued = value(this.state, event, {
      source: { eventId: `event-${this.revision}`, revision: this.revision, position: BigInt(this.revision + 1) },
      location: LEEDS,
      timeZone: this.timeZone,
      ruleVersion: 2,
      recordedAt: RECORDED_AT,
      ...(this.skuClass === undefined ? {} : { skuClass: this.skuClass }),
      ...(carried === undefined || this.currency === undefined ? {} : { currency: this.currency }),
      ...(originalSale === undefined ? {} : { originalSale }),
      revisedReceipts,
    });
    if (valued === undefined) return undefined;
    this.valued.push(valued);
    this.state = evolveValuation(this.state, valued);
    return valued;
  }

  private saleNamedBy(event: StockEvent): SaleCost | undefined {
    if (event.type !== 'Returned' || event.originalSale === undefined) return undefined;
    const sale = this.valued.find(({ source }) => source.movementId === event.originalSale);
    return sale === undefined ? undefined : saleCost(sale);
  }

  private receiptsNamedBy(event: StockEvent): readonly CostedReceipt[] {
    if (event.type !== 'UnitCostRevised' || event.reference === undefined) return [];
    const { reference } = event;
    const named = this.valued.filter(({ source }) => source.movementId === reference);
    const ofOrder = this.valued.filter(({ source }) => source.names?.includes(reference));
    return (named.length > 0 ? named : ofOrder).flatMap((valued) => receiptOf(valued) ?? []);
  }

  /** What a newcomer would store: the same history must give the same bytes. */
  stored(): string {
    return this.valued.map((valued) => JSON.stringify(encodeValued(valued))).join('\n');
  }
}

/** The journal as an accountant writes it: account and amount, credits below 0. */
export function journalOf(valued: Valued | undefined): Partial<Record<AccountRole, string>> {
  const journal: Partial<Record<AccountRole, string>> = {};
  for (const posting of valued?.postings ?? []) {
    for (const { role, amount } of posting.lines) {
      journal[role] = formatMoney({ minor: amount, currency: posting.currency });
    }
  }
  return journal;
}

/** Quantity and value on hand. */
export function onHand(history: History): { quantity: number; value: string } {
  const { quantity, value: minor, lastCost } = history.state;
  return { quantity, value: lastCost === null ? '0' : formatMoney({ minor, currency: lastCost.currency }) };
}
