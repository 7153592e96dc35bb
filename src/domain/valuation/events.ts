import type { Currency } from '../values/currency.js';
import type { LocationId } from '../values/identifiers.js';
import type { AccountRole } from './accounts.js';
import type { LayerChange } from './layers.js';
import type { ValuationSummary } from './state.js';

/** What a ledger may tell lines of one account apart by, beside the location. */
export type LineDimensions = {
  /** The SKU's, from its master data as they were when the movement was recorded. */
  readonly class?: string;
  /** Of an adjustment its reason, `count` for what a count found. */
  readonly reason?: string;
};

export interface JournalLine {
  readonly role: AccountRole;
  readonly location: LocationId;
  /** In minor units of the posting's currency: a debit above 0, a credit below; never 0. */
  readonly amount: bigint;
  /** Absent when there is none; the same for all lines of a posting. */
  readonly dimensions?: LineDimensions;
  /** As one ERP calls it, whatever its chart says: only where amounts move between accounts. */
  readonly account?: string;
}

/** Amounts go over to other accounts of one ERP, as its chart has changed. */
export type Reclassification = {
  /** The only one that it concerns. */
  readonly connector: string;
  /** `YYYY-MM`, of the entries whose amounts go over. */
  readonly period: string;
};

/** Why a posting waits for a person from the start. */
export interface ParkedReason {
  readonly code: 'CURRENCY';
  /** The amount that could not be valued, as the movement states it. */
  readonly amount: string;
  readonly currency: string;
}

/** One entry for the ERP: its lines sum to 0. */
export interface Posting {
  /** Names it for good: the source event's id, with `.2` and so on behind it where one event makes several. */
  readonly ref: string;
  /** `YYYY-MM-DD`, the day on which it counts. */
  readonly date: string;
  readonly currency: Currency;
  readonly lines: readonly JournalLine[];
  readonly parked?: ParkedReason;
  readonly reclassification?: Reclassification;
}

/** Whether a posting goes to this ERP. */
export const concerns = ({ reclassification }: Pick<Posting, 'reclassification'>, connector: string): boolean =>
  reclassification === undefined || reclassification.connector === connector;

/** The stock event that a valuation is of. */
export interface ValuationSource {
  readonly eventId: string;
  readonly revision: number;
  readonly position: bigint;
  readonly type: string;
  readonly movementId: string;
  /** Of a receipt: what else a later cost may call it, its reference and its purchase order. */
  readonly names?: readonly string[];
}

/** What a replay says of a stream that was valued before. */
export type Revaluation = {
  /** Id of the replay. */
  readonly replay: string;
  /** Of the rules. */
  readonly version: number;
  /** Revision in the stock stream of the first movement that they are about. */
  readonly from: number;
  /**
   * First the stock is worth what the rules make of it; then each movement gets posted what they change in it. A new
   * chart of accounts changes nothing of that, and moves amounts between accounts.
   */
  readonly of: 'stock' | 'movement' | 'accounts';
};

/** One movement valued. */
export interface Valued {
  readonly source: ValuationSource;
  /** Of every amount in here; null as long as none is known. */
  readonly currency: Currency | null;
  /** Units that the movement speaks of, without sign; 0 for a change of value alone. */
  readonly units: number;
  /** What these units are valued at, in minor units without sign; null as long as no cost is known. */
  readonly cost: bigint | null;
  readonly quantityChange: number;
  readonly valueChange: bigint;
  /** The newest one of a stream is the stream's state, but for its layers. */
  readonly after: ValuationSummary;
  /** First in, first out, when the layers are different now. */
  readonly layerChange?: LayerChange;
  /** Version of the rules that valued it; a posting keeps the version that first valued it. */
  readonly ruleVersion: number;
  readonly postings: readonly Posting[];
  /** Only where it is no movement's first valuation. */
  readonly revaluation?: Revaluation;
}

/** The currency in which a location's stock is valued, fixed by the first cost that became known there. */
export interface CurrencyAdopted {
  readonly type: 'CurrencyAdopted';
  readonly currency: Currency;
  /** The stock event that brought it. */
  readonly sourceEventId: string;
}
