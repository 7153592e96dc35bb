import type {
  Arrived,
  Movement,
  Received,
  Returned,
  StockEvent,
  SupplyCancelled,
  UnitCostRevised,
} from '../stock/events.js';
import { isMovement } from '../stock/events.js';
import { onHandChange } from '../stock/state.js';
import type { Currency } from '../values/currency.js';
import type { LocationId } from '../values/identifiers.js';
import { formatMoney, share, storedMoney } from '../values/money.js';
import { parseUnitCost, rateOfUnitCost } from '../values/unit-cost.js';
import type { ParkedReason, Posting, Valued } from './events.js';
import { localDate } from './posting-date.js';
import type { ValuationState } from './state.js';
import { carriedCost, rateOf, sentUnits, type Transit } from './transit.js';
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
  /** The part of a transfer that the event is about, when that is known. */
  readonly transit?: Transit;
}

/** Everything that can change quantity or value: movements, and the loss of goods that never arrived. */
type ValuedEvent = Movement | SupplyCancelled;

/** Values one stock event; nothing when it neither moves goods nor changes any value. */
export function value(state: ValuationState, event: StockEvent, facts: ValuationFacts): Valued | undefined {
  if (!isMovement(event) && event.type !== 'SupplyCancelled') return undefined;
  const sheet = workOut(new Worksheet(state), event, facts);
  // What left is looked up when it arrives, so a dispatch is valued also when it changes nothing here.
  if (!sheet.changed && event.type !== 'Dispatched') return undefined;
  const currency = facts.currency ?? sheet.lastCost?.currency ?? null;
  return {
    source: { ...facts.source, type: event.type, movementId: isMovement(event) ? event.id : event.changeId },
    currency,
    units: sheet.units,
    cost: sheet.cost,
    quantityChange: sheet.quantity - state.quantity,
    valueChange: sheet.value - state.value,
    after: sheet.state(facts.source.revision),
    method: 'moving-average',
    ruleVersion: RULE_VERSION,
    postings: currency === null ? [] : postingsOf(sheet, event, facts, currency),
  };
}

function postingsOf(
  { journal, parked }: Worksheet,
  { occurredAt }: ValuedEvent,
  { source, location, timeZone, transit }: ValuationFacts,
  currency: Currency,
): readonly Posting[] {
  const lines = journal.lines(location, transit?.from);
  if (lines.length === 0 && parked === undefined) return [];
  const date = localDate(occurredAt, timeZone);
  return [{ ref: source.eventId, date, currency, lines, ...(parked === undefined ? {} : { parked }) }];
}

/** The currency of the money that an event brings; undefined when it brings none. */
export function currencyCarried(event: StockEvent, transit: Transit | undefined): string | undefined {
  if (event.type === 'Received' || event.type === 'UnitCostRevised') return event.currency;
  return transit?.dispatch?.currency;
}

function workOut(sheet: Worksheet, event: ValuedEvent, facts: ValuationFacts): Worksheet {
  switch (event.type) {
    case 'Received':
      return receive(sheet, event, facts.currency);
    case 'Sold':
      return sheet.issue(event.quantity, 'cogs', isSettled(event));
    case 'Returned':
      return takeBack(sheet, event, facts.originalSale);
    case 'Dispatched':
      // Goods whose cost nobody knows carry none: here they are lost, and there they will be found.
      return sheet.issue(event.quantity, sheet.lastCost === null ? 'shrinkage' : 'in-transit', isSettled(event));
    case 'Arrived':
      return arrive(sheet, event, facts);
    case 'SupplyCancelled':
      return giveUp(sheet, facts);
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

/**
 * At the cost they left with, out of transit, or out of shrinkage when they had been given up. Units that carry no cost
 * were found: at the present one.
 */
function arrive(sheet: Worksheet, event: Arrived, { transit, currency }: ValuationFacts): Worksheet {
  const settled = isSettled(event);
  const dispatch = transit?.dispatch;
  if (transit === undefined || dispatch === undefined) return sheet.enter(event.quantity, 'shrinkage', settled);
  const sent = sentUnits(transit.leg);
  if (sent > 0) {
    const contra = transit.leg.isAfterClose ? 'shrinkage' : 'in-transit';
    const cost = carriedCost(transit, dispatch);
    if (dispatch.currency === currency) sheet.bring(cost, sent, rateOf(dispatch), contra, settled);
    else sheet.enter(sent, contra, settled).park(foreignMoney(cost, dispatch.currency));
  }
  return sent === event.quantity ? sheet : sheet.enter(event.quantity - sent, 'shrinkage', settled);
}

/** What was missing when its transfer was closed is lost; any other supply that is cancelled was never there. */
function giveUp(sheet: Worksheet, { transit, currency }: ValuationFacts): Worksheet {
  const dispatch = transit?.dispatch;
  if (transit === undefined || dispatch === undefined) return sheet;
  const cost = carriedCost(transit, dispatch);
  if (dispatch.currency === currency) return sheet.lose(cost, transit.leg.units);
  return sheet.park(foreignMoney(cost, dispatch.currency));
}

const foreignMoney = (minor: bigint, currency: Currency): ParkedReason => ({
  code: 'CURRENCY',
  amount: formatMoney({ minor, currency }),
  currency,
});

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
