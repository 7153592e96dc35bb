import type { Movement, Received, Returned, StockEvent, UnitCostRevised } from '../stock/events.js';
import { isMovement } from '../stock/events.js';
import { onHandChange } from '../stock/state.js';
import type { Currency } from '../values/currency.js';
import type { LocationId } from '../values/identifiers.js';
import { share, storedMoney } from '../values/money.js';
import { parseUnitCost, rateOfUnitCost } from '../values/unit-cost.js';
import type { Valued } from './events.js';
import { localDate } from './posting-date.js';
import type { ValuationState } from './state.js';
import { Worksheet } from './worksheet.js';

/** Raised when the same facts would be valued or posted differently. */
export const RULE_VERSION = 1;

/** What a sale was valued at when it left, in minor units; null when no cost was known then. */
export interface SaleCost {
  readonly units: number;
  readonly cost: bigint | null;
}

/** What valuing a movement takes beside the movement and the state. */
export interface ValuationFacts {
  readonly source: { readonly eventId: string; readonly revision: number; readonly position: bigint };
  readonly location: LocationId;
  /** The location's, for the posting's date. */
  readonly timeZone: string;
  /** The currency in which the location is valued: known as soon as a movement there has carried money. */
  readonly currency?: Currency;
  /** The sale that a return names, when it was valued in the same stream before. */
  readonly originalSale?: SaleCost;
}

/** Values one stock event; nothing when it neither moves goods nor changes their value. */
export function value(state: ValuationState, event: StockEvent, facts: ValuationFacts): Valued | undefined {
  if (!isMovement(event)) return undefined;
  const sheet = workOut(new Worksheet(state), event, facts);
  if (!sheet.changed) return undefined;
  const { eventId, revision } = facts.source;
  const lines = sheet.journal.lines(facts.location);
  const currency = facts.currency ?? sheet.lastCost?.currency ?? null;
  const posts = currency !== null && (lines.length > 0 || sheet.parked !== undefined);
  return {
    source: { ...facts.source, type: event.type, movementId: event.id },
    currency,
    units: sheet.units,
    cost: sheet.cost,
    quantityChange: sheet.quantity - state.quantity,
    valueChange: sheet.value - state.value,
    after: sheet.state(revision),
    method: 'moving-average',
    ruleVersion: RULE_VERSION,
    postings: posts
      ? [
          {
            ref: eventId,
            date: localDate(event.occurredAt, facts.timeZone),
            currency,
            lines,
            ...(sheet.parked === undefined ? {} : { parked: sheet.parked }),
          },
        ]
      : [],
  };
}

/** The money that a movement carries, and so the currency that it needs; undefined when it carries none. */
export const currencyCarried = (event: StockEvent): string | undefined =>
  event.type === 'Received' || event.type === 'UnitCostRevised' ? event.currency : undefined;

function workOut(sheet: Worksheet, event: Movement, facts: ValuationFacts): Worksheet {
  switch (event.type) {
    case 'Received':
      return receive(sheet, event, facts.currency);
    case 'Sold':
      return sheet.issue(event.quantity, 'cogs', isSettled(event));
    case 'Returned':
      return takeBack(sheet, event, facts.originalSale);
    case 'Dispatched':
      return sheet.issue(event.quantity, 'in-transit', isSettled(event));
    case 'Arrived':
      return sheet.enter(event.quantity, 'in-transit', isSettled(event));
    case 'Adjusted':
    case 'Counted':
    case 'DispositionMoved':
      return adjust(sheet, netUnits(event));
    case 'UnitCostRevised':
      return revise(sheet, event, facts.currency);
  }
}

/** A count had settled the goods' whole disposition: the movement explains part of its variance instead. */
const isSettled = (event: Movement): boolean => (event.settledByCount?.length ?? 0) > 0;

function netUnits(event: Movement): number {
  const { sellable = 0, quarantine = 0, damaged = 0 } = onHandChange(event);
  return sellable + quarantine + damaged;
}

function receive(sheet: Worksheet, event: Received, currency: Currency | undefined): Worksheet {
  const unitCost = parseUnitCost(event.unitCost);
  if (unitCost === undefined) throw new Error(`Not a stored unit cost: ${event.unitCost}`);
  if (event.currency === currency) {
    return sheet.receive(event.quantity, rateOfUnitCost(unitCost, currency), isSettled(event));
  }
  return sheet
    .enter(event.quantity, 'grni', isSettled(event))
    .park({ code: 'CURRENCY', amount: event.unitCost, currency: event.currency });
}

/** At the cost they left with, back out of the cost of goods sold; when that is not known, at the present cost. */
function takeBack(sheet: Worksheet, event: Returned, sale: SaleCost | undefined): Worksheet {
  const settled = isSettled(event);
  if (sale === undefined) return sheet.enter(event.quantity, 'returns-clearing', settled);
  if (sale.cost === null) return sheet.enter(event.quantity, 'cogs', settled);
  return sheet.enterAt(share(sale.cost, event.quantity, sale.units), event.quantity, 'cogs', settled);
}

function adjust(sheet: Worksheet, units: number): Worksheet {
  if (units === 0) return sheet;
  return units > 0 ? sheet.enter(units, 'shrinkage', false) : sheet.issue(-units, 'shrinkage', false);
}

function revise(sheet: Worksheet, event: UnitCostRevised, currency: Currency | undefined): Worksheet {
  if (event.currency !== currency) {
    return sheet.park({ code: 'CURRENCY', amount: event.amount, currency: event.currency });
  }
  return sheet.revise(storedMoney(event.amount, currency).minor);
}

/** What a sale was valued at, for the return that names it; undefined for any other movement. */
export const saleCost = ({ source, units, cost }: Valued): SaleCost | undefined =>
  source.type === 'Sold' ? { units, cost } : undefined;
