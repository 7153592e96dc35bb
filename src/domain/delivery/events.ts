import type { Instant } from '../values/instant.js';

/** What every event of a delivery stream says, so that the newest one tells where to go on. */
interface DeliveryFact {
  /** Every valuation of the partition up to this position has been dealt with, beside what is open. */
  readonly position: bigint;
  /** No event of this stream before this revision says anything of what is open; null when nothing is. */
  readonly parkedSince: number | null;
  readonly at: Instant;
}

/** A valuation by its stream and revision. */
export interface ValuationPlace {
  readonly stream: string;
  readonly revision: number;
}

/** These postings are in the ERP. */
export type Delivered = {
  readonly type: 'Delivered';
  readonly refs: readonly string[];
  /** The mapping of roles to accounts that they were posted with. */
  readonly mapping: string;
  /** Of valuation streams that had been held back: which revision is next, null when they have caught up. */
  readonly caughtUp?: readonly { readonly stream: string; readonly next: number | null }[];
  /** The day that a posting counts on where it is not its own, by its ref. */
  readonly dates?: Readonly<Record<string, string>>;
};

/** The poster comes back to these valuations, and in each stream to all behind them, after others. */
export type Deferred = {
  readonly type: 'Deferred';
  readonly valuations: readonly ValuationPlace[];
  /** What went wrong, and how often; without it nothing did, others only went first. */
  readonly trouble?: { readonly ref: string; readonly detail: string; readonly attempts: number };
};

/** This posting waits for a person, and with it all later ones of its valuation stream. */
export type Parked = {
  readonly type: 'Parked';
  readonly ref: string;
  readonly code: string;
  readonly detail: string;
  readonly valuation: ValuationPlace;
  /** How often the ERP was asked, this time included; 0 when nobody had to ask it. */
  readonly attempts: number;
};

interface Decision {
  readonly ref: string;
  readonly valuation: ValuationPlace;
  /** Who decided. */
  readonly actor: string;
  readonly comment: string;
  /** The decision on many postings that it follows from, by its id; absent when it was about this one alone. */
  readonly under?: string;
}

/** Something has been mended: the posting is tried again as it is. */
export type Retried = Decision & { readonly type: 'Retried' };

/** The posting is to count on another day: the one named, else the first of the next open period. */
export type Redated = Decision & { readonly type: 'Redated'; readonly date: string | null };

/** Somebody wants to write off more than one person may. */
export type WriteOffProposed = Decision & { readonly type: 'WriteOffProposed' };

/** The posting never goes to the ERP. */
export type WrittenOff = Decision & {
  readonly type: 'WrittenOff';
  /** Who had proposed it, where it took two. */
  readonly proposedBy: string | null;
};

/** What a person said about a parked posting. */
export type PersonsDecision = Retried | Redated | WriteOffProposed | WrittenOff;

/** What happened, before it has its place in a stream. */
export type DeliveryHappening = Delivered | Deferred | Parked | PersonsDecision;
export type DeliveryEvent = DeliveryHappening & DeliveryFact;
