import type { CostingMethod } from '../master-data/sku.js';
import type { Currency } from '../values/currency.js';
import { storedCurrency } from '../values/currency.js';
import type { LocationId } from '../values/identifiers.js';
import type { JsonObject } from '../values/json.js';
import { formatDecimal, formatMoney, parseDecimal, storedMoney } from '../values/money.js';
import type { CostRate } from '../values/unit-cost.js';
import { UNIT_COST_PLACES } from '../values/unit-cost.js';
import type { AccountRole } from './accounts.js';
import type { JournalLine, LineDimensions, ParkedReason, Posting, Revaluation, Valued } from './events.js';
import { decodeLayerChange, encodeLayerChange, type StoredLayerChange } from './layers-codec.js';
import type { DamagedTreatment } from './posting-rules.js';

/** Version of the stored form; a reader of an older one upcasts here, nowhere else. */
export const VALUATION_SCHEMA_VERSION = 1;

export const VALUED = 'Valued';

type StoredLine = { role: AccountRole; location: string; account?: string; debit?: string; credit?: string };

type StoredPosting = {
  ref: string;
  date: string;
  lines: StoredLine[];
  dimensions?: LineDimensions;
  parked?: { code: ParkedReason['code']; amount: string; currency: string };
  reclassification?: { connector: string; period: string };
};

/** Amounts are decimal text in `currency`; `lastCost` is an amount for so many units. */
type StoredValued = {
  source: {
    eventId: string;
    revision: number;
    position: string;
    type: string;
    movementId: string;
    names?: readonly string[];
  };
  currency: string | null;
  units: number;
  cost: string | null;
  quantityChange: number;
  valueChange: string;
  after: {
    quantity: number;
    value: string;
    lastCost: { amount: string; units: number } | null;
    uncosted?: { [role in AccountRole]?: number };
    newestReceipt?: { revision: number; units: number };
    /** Where it is not that of the source. */
    sourceRevision?: number;
  };
  layers?: StoredLayerChange;
  method: CostingMethod;
  damaged?: DamagedTreatment;
  termsVersion?: number;
  ruleVersion: number;
  postings: StoredPosting[];
  revaluation?: Revaluation;
};

export function encodeValued(valued: Valued): JsonObject {
  const { source, currency, units, cost, quantityChange, valueChange, after, layerChange, revaluation } = valued;
  const { terms, newestReceipt } = after;
  const amount = (minor: bigint): string => (currency === null ? minor.toString() : formatMoney({ minor, currency }));
  const stored: StoredValued = {
    source: { ...source, position: source.position.toString() },
    currency,
    units,
    cost: cost === null ? null : amount(cost),
    quantityChange,
    valueChange: amount(valueChange),
    after: {
      quantity: after.quantity,
      value: amount(after.value),
      lastCost: after.lastCost === null ? null : encodeRate(after.lastCost),
      ...(after.uncosted.size === 0 ? {} : { uncosted: Object.fromEntries(after.uncosted) }),
      ...(newestReceipt === null ? {} : { newestReceipt }),
      ...(after.sourceRevision === source.revision ? {} : { sourceRevision: after.sourceRevision }),
    },
    ...(layerChange === undefined ? {} : { layers: encodeLayerChange(layerChange) }),
    method: terms.method,
    ...(terms.damaged === 'keep' ? {} : { damaged: terms.damaged }),
    ...(terms.version === undefined ? {} : { termsVersion: terms.version }),
    ruleVersion: valued.ruleVersion,
    postings: valued.postings.map(encodePosting),
    ...(revaluation === undefined ? {} : { revaluation }),
  };
  return stored;
}

/** Reads what {@link encodeValued} wrote. */
export function decodeValued(data: JsonObject): Valued {
  const stored = data as unknown as StoredValued;
  const { source, after, units, quantityChange, method, damaged = 'keep', termsVersion, ruleVersion } = stored;
  const currency = stored.currency === null ? null : storedCurrency(stored.currency);
  const amount = (text: string): bigint => (currency === null ? 0n : storedMoney(text, currency).minor);
  return {
    source: { ...source, position: BigInt(source.position) },
    currency,
    units,
    cost: stored.cost === null ? null : amount(stored.cost),
    quantityChange,
    valueChange: amount(stored.valueChange),
    after: {
      terms: { method, damaged, ...(termsVersion === undefined ? {} : { version: termsVersion }) },
      quantity: after.quantity,
      value: amount(after.value),
      lastCost: after.lastCost === null || currency === null ? null : decodeRate(after.lastCost, currency),
      uncosted: new Map(Object.entries(after.uncosted ?? {}) as [AccountRole, number][]),
      newestReceipt: after.newestReceipt ?? null,
      sourceRevision: after.sourceRevision ?? source.revision,
    },
    ...(stored.layers === undefined ? {} : { layerChange: decodeLayerChange(stored.layers) }),
    ruleVersion,
    postings: currency === null ? [] : stored.postings.map((posting) => decodePosting(posting, currency)),
    ...(stored.revaluation === undefined ? {} : { revaluation: stored.revaluation }),
  };
}

function encodePosting({ ref, date, currency, lines, parked, reclassification }: Posting): StoredPosting {
  const encodeLine = ({ role, location, amount, account }: JournalLine): StoredLine => ({
    role,
    location,
    ...(account === undefined ? {} : { account }),
    ...(amount > 0n
      ? { debit: formatMoney({ minor: amount, currency }) }
      : { credit: formatMoney({ minor: -amount, currency }) }),
  });
  // All lines of a posting have the same.
  const dimensions = lines[0]?.dimensions;
  return {
    ref,
    date,
    lines: lines.map(encodeLine),
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(parked === undefined ? {} : { parked }),
    ...(reclassification === undefined ? {} : { reclassification: { ...reclassification } }),
  };
}

function decodePosting(
  { ref, date, lines, dimensions, parked, reclassification }: StoredPosting,
  currency: Currency,
): Posting {
  const decodeLine = ({ role, location, account, debit, credit }: StoredLine): JournalLine => ({
    role,
    location: location as LocationId,
    amount: debit === undefined ? -storedMoney(credit ?? '', currency).minor : storedMoney(debit, currency).minor,
    ...(dimensions === undefined ? {} : { dimensions }),
    ...(account === undefined ? {} : { account }),
  });
  return {
    ref,
    date,
    currency,
    lines: lines.map(decodeLine),
    ...(parked === undefined ? {} : { parked }),
    ...(reclassification === undefined ? {} : { reclassification }),
  };
}

const encodeRate = ({ millionths, units }: CostRate) => ({
  amount: formatDecimal(millionths, UNIT_COST_PLACES),
  units,
});

function decodeRate({ amount, units }: { amount: string; units: number }, currency: Currency): CostRate {
  const millionths = parseDecimal(amount, UNIT_COST_PLACES);
  if (millionths === undefined) throw new Error(`Not a stored cost: ${amount}`);
  return { currency, millionths, units };
}
