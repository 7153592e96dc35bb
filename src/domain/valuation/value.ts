import type {
  Arrived,
  Disposition,
  Movement,
  Received,
  Returned,
  StockEvent,
  UnitCostRevised,
} from '../stock/events.js';
import { isMovement } from '../stock/events.js';
import { onHandChange } from '../stock/state.js';
import type { Currency } from '../values/currency.js';
import type { LocationId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import { formatMoney, share, storedMoney } from '../values/money.js';
import { parseUnitCost, rateOfUnitCost } from '../values/unit-cost.js';
import type { ParkedReason, Valued } from './events.js';
import type { ValuationTerms } from './posting-rules.js';
import { postingsOf, type ValuedEvent } from './postings.js';
import type { CostedReceipt, ValuationState } from './state.js';
import { carriedCost, rateOf, sentUnits, type Transit } from './transit.js';
import { Worksheet } from './worksheet.js';

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
  /** Of the rules that the movement is valued by; their terms are those of the state. */
  readonly ruleVersion: number;
  /** When the event was recorded: wanted only of a late one. */
  readonly recordedAt?: Instant;
  /** The SKU's, from its master data. */
  readonly skuClass?: string;
  /** The currency in which the location is valued: known as soon as a movement there has carried money. */
  readonly currency?: Currency;
  /** The sale that a return names, when it was valued in the same stream before. */
  readonly originalSale?: SaleCost;
  /** The receipts that a cost revision names, as far as they were valued in the same stream before. */
  readonly revisedReceipts?: readonly CostedReceipt[];
  /** The part of a transfer that the event is about, when that is known. */
  readonly transit?: Transit;
}

/** Values one stock event; nothing when it neither moves goods nor changes any value. */
export function value(state: ValuationState, event: StockEvent, facts: ValuationFacts): Valued | undefined {
  if (!isMovement(event) && event.type !== 'SupplyCancelled') return undefined;
  const { source, location, timeZone, recordedAt, skuClass, transit, ruleVersion } = facts;
  const sheet = workOut(new Worksheet(state, source.revision), event, facts, state.terms);
  if (!sheet.changed && !leavesTrace(event)) return undefined;
  const currency = facts.currency ?? sheet.lastCost?.currency ?? null;
  const names = event.type === 'Received' ? namesOf(event) : [];
  const { layerChange } = sheet;
  return {
    source: {
      ...source,
      type: event.type,
      movementId: isMovement(event) ? event.id : event.changeId,
      ...(names.length === 0 ? {} : { names }),
    },
    currency,
    units: sheet.units,
    cost: sheet.cost,
    quantityChange: sheet.quantity - state.quantity,
    valueChange: sheet.value - state.value,
    after: sheet.state(),
    ...(layerChange === undefined ? {} : { layerChange }),
    ruleVersion: Math.max(ruleVersion, state.terms.version ?? 0),
    postings:
      currency === null
        ? []
        : postingsOf(sheet, event, {
            ref: source.eventId,
            location,
            timeZone,
            currency,
            ...(transit === undefined ? {} : { sender: transit.from }),
            ...(skuClass === undefined ? {} : { skuClass }),
            ...(recordedAt === undefined ? {} : { recordedAt }),
          }),
  };
}

/**
 * Valued also when it changes nothing. What left is looked up when it arrives; and what happens to damaged goods, or to
 * goods that a count had settled, may mean something under other rules: a valuer that does not know yet that they hold
 * now finds out when it writes.
 */
const leavesTrace = (event: ValuedEvent): boolean =>
  event.type === 'Dispatched' || (isMovement(event) && (isSettled(event) || onHandChange(event).damaged !== undefined));

/** What else a later cost may call a receipt. */
const namesOf = ({ reference, purchaseOrder }: Received): readonly string[] => [
  ...new Set([reference, purchaseOrder].filter((name) => name !== undefined)),
];

/** The currency of the money that an event brings; undefined when it brings none. */
export function currencyCarried(event: StockEvent, transit: Transit | undefined): string | undefined {
  if (event.type === 'Received' || event.type === 'UnitCostRevised') return event.currency;
  return transit?.dispatch?.currency;
}

function workOut(sheet: Worksheet, event: ValuedEvent, facts: ValuationFacts, terms: ValuationTerms): Worksheet {
  switch (event.type) {
    case 'Received':
      return receive(sheet, event, facts.currency);
    case 'Sold':
      return sheet.issue(event.quantity, 'cogs', isSettled(event));
    case 'Returned':
      return takeBack(sheet, event, facts.originalSale, isSettled(event) || !hasValue(event.disposition, terms));
    case 'Dispatched':
      // Goods whose cost nobody knows carry none: here they are lost, and there they will be found.
      return sheet.issue(event.quantity, sheet.lastCost === null ? 'shrinkage' : 'in-transit', isSettled(event));
    case 'Arrived':
      return arrive(sheet, event, facts, isSettled(event) || !hasValue(event.disposition, terms));
    case 'SupplyCancelled':
      return giveUp(sheet, facts);
    case 'Adjusted':
    case 'Counted':
    case 'DispositionMoved':
      return adjust(sheet, netUnits(event, terms));
    case 'UnitCostRevised':
      return revise(sheet, event, facts);
  }
}

/** A count had settled the goods' whole disposition: the movement explains part of its variance instead. */
const isSettled = (event: Movement): boolean => (event.settledByCount?.length ?? 0) > 0;

/** Whether goods of this disposition belong to the valued stock. */
const hasValue = (disposition: Disposition, { damaged }: ValuationTerms): boolean =>
  disposition !== 'damaged' || damaged === 'keep';

function netUnits(event: Movement, terms: ValuationTerms): number {
  const { sellable = 0, quarantine = 0, damaged = 0 } = onHandChange(event);
  return sellable + quarantine + (hasValue('damaged', terms) ? damaged : 0);
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
function takeBack(sheet: Worksheet, event: Returned, sale: SaleCost | undefined, settled: boolean): Worksheet {
  if (sale === undefined) return sheet.enter(event.quantity, 'returns-clearing', settled);
  if (sale.cost === null) return sheet.enter(event.quantity, 'cogs', settled);
  return sheet.enterAt(share(sale.cost, event.quantity, sale.units), event.quantity, 'cogs', settled);
}

/**
 * At the cost they left with, out of transit, or out of shrinkage when they had been given up. Units that carry no cost
 * were found: at the present one.
 */
function arrive(sheet: Worksheet, event: Arrived, { transit, currency }: ValuationFacts, settled: boolean): Worksheet {
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

function revise(
  sheet: Worksheet,
  event: UnitCostRevised,
  { currency, revisedReceipts = [] }: ValuationFacts,
): Worksheet {
  if (event.currency !== currency) {
    return sheet.park({ code: 'CURRENCY', amount: event.amount, currency: event.currency });
  }
  return sheet.revise(storedMoney(event.amount, currency).minor, revisedReceipts);
}

/** What a sale was valued at, for the return that names it; undefined for any other movement. */
export const saleCost = ({ source, units, cost }: Valued): SaleCost | undefined =>
  source.type === 'Sold' ? { units, cost } : undefined;

/** A receipt that was valued, for the cost revision that names it; undefined for any other movement. */
export const receiptOf = ({ source, units }: Valued): CostedReceipt | undefined =>
  source.type === 'Received' ? { revision: source.revision, units } : undefined;
