import type { DeliveryEvent, ValuationPlace } from '../domain/delivery/events.js';
import type { Course } from '../domain/delivery/state.js';
import type { LocationId, Sku } from '../domain/values/identifiers.js';
import type { Instant } from '../domain/values/instant.js';
import type { Position } from './event-store.js';

/** `pending` includes what is on its way, tried again, or held back; only what a person must decide is `parked`. */
export const POSTING_STATUSES = ['pending', 'delivered', 'parked', 'written-off'] as const;
export type PostingStatus = (typeof POSTING_STATUSES)[number];

/** How a posting stands with one connector. What it says is in its valuation. */
export interface PostingEntry {
  /** Its place among all postings, in the order of their valuations. */
  readonly ordinal: number;
  readonly connector: string;
  readonly status: PostingStatus;
  readonly valuation: ValuationPlace;
  /** Which of the valuation's postings it is, from 0. */
  readonly part: number;
  /** How often the ERP was asked, as far as it is on record. */
  readonly attempts: number;
  /** Why it is parked, or what went wrong when it was tried last. */
  readonly reason?: { readonly code?: string; readonly detail: string };
  readonly parkedAt?: Instant;
  /** Who wants it written off. */
  readonly proposedBy?: string;
  /** What a person has decided about it last. */
  readonly course?: Course;
  /** The day that it counts on, where that is not its own. */
  readonly date?: string;
}

export interface PostingsQuery {
  readonly status?: PostingStatus;
  readonly connector?: string;
  /** `'*'` or the only locations that count. */
  readonly locations: '*' | ReadonlySet<LocationId>;
  readonly sku?: Sku;
  /** Postings behind this one. */
  readonly after?: PostingCursor;
  readonly limit: number;
}

export interface PostingCursor {
  readonly ordinal: number;
  readonly connector: string;
}

/** How many there are with one connector. */
export interface PostingCounts {
  readonly connector: string;
  readonly pending: number;
  readonly parked: number;
  /** When the oldest of those that are pending or parked was recorded. */
  readonly oldestAt?: Instant;
}

/** A valuation that makes postings. */
export interface ValuedPostings extends ValuationPlace {
  readonly kind: 'valued';
  readonly position: Position;
  readonly at: Instant;
  readonly refs: readonly string[];
}

export interface DeliveryFact {
  readonly kind: 'delivery';
  /** The delivery stream. */
  readonly stream: string;
  readonly revision: number;
  readonly event: DeliveryEvent;
}

export interface PostingsProgress {
  /** How far the book is in the store. */
  readonly position: Position;
  /** Every movement up to here is in the book. */
  readonly valuedUpTo: Position;
}

/** The read model of what becomes of postings. Rebuildable from valuation and delivery streams at any time. */
export abstract class PostingsBook {
  /** Opens it for the store with this identity and says how far it is. */
  abstract open(storeIdentity: string): Promise<PostingsProgress>;

  /** Takes in what happened, in the order of the store. */
  abstract save(facts: readonly (ValuedPostings | DeliveryFact)[], progress: PostingsProgress): Promise<void>;

  /** How the posting stands with each connector; empty when there is none with this ref. */
  abstract byRef(ref: string): Promise<readonly PostingEntry[]>;

  /** In the order of their valuations; one more than the limit tells that there are more. */
  abstract page(query: PostingsQuery): Promise<readonly PostingEntry[]>;

  abstract counts(): readonly PostingCounts[];

  abstract progress(): PostingsProgress;

  abstract close(): Promise<void>;
}
