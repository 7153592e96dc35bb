import type { Summarised } from '../domain/delivery/summaries/summary.js';
import type { JournalLine, Posting } from '../domain/valuation/events.js';
import type { Currency } from '../domain/values/currency.js';
import type { LocationId, StockKey } from '../domain/values/identifiers.js';

/** A posting on its way to an ERP. */
export interface ErpPosting extends StockKey, Omit<Posting, 'parked'> {
  /** The movement that it comes from, for people. */
  readonly source: {
    /** The stock stream and the revision in it. */
    readonly stream: string;
    readonly revision: number;
    readonly type: string;
    readonly movementId: string;
  };
}

/** Why an ERP will not take a posting until a person has done something. */
export const REJECTIONS = ['PERIOD_CLOSED', 'UNBALANCED', 'BAD_ACCOUNT', 'INVALID', 'CONFIG', 'NEEDS_HUMAN'] as const;
export type ErpRejection = (typeof REJECTIONS)[number];

export type ErpOutcome =
  | { readonly status: 'posted' }
  /** The ERP had it already. */
  | { readonly status: 'duplicate' }
  | { readonly status: 'rejected'; readonly code: ErpRejection; readonly detail: string }
  /** `unknown`: it may be there all the same, and has to be looked for before anything else. */
  | {
      readonly status: 'retry-later';
      readonly applied: 'no' | 'unknown';
      readonly detail: string;
      /** It is well, and asks to be left alone for so long. */
      readonly restMs?: number;
    };

/** An ERP that is well asks to be left alone for a while. */
export class ErpRests extends Error {
  override readonly name = 'ErpRests';

  constructor(
    message: string,
    readonly restMs: number,
  ) {
    super(message);
  }
}

/** One ERP, or one file that stands for it. */
export abstract class ErpConnector {
  /** Part of the names of its streams, so it never changes. */
  abstract readonly name: string;
  /** Most postings it takes at once. */
  abstract readonly batchLimit: number;
  /** Most calls that it takes at a time; an ERP with one writer takes one. */
  readonly parallel: number = 1;
  /** Name and version of the mapping of roles to its accounts; recorded with every delivery. */
  abstract readonly mapping: string;

  /** Makes ready to post; again after every failure, when it does nothing if it still is. */
  abstract open(): Promise<void>;

  /**
   * Posts in order and answers in the same order, once what it says is durable. A posting that it knows by its ref is
   * never posted twice. Behind one that was not posted, later ones of the same SKU and location are not posted
   * either: their outcome is `retry-later`, not applied. Where it cannot tell which posting of several is at fault, all
   * are `retry-later`: it gets smaller batches then, down to one. Never rejects: what went wrong is an outcome.
   */
  abstract post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]>;

  /** Those of the refs that are posted. @throws when it cannot tell */
  abstract find(refs: readonly string[]): Promise<ReadonlySet<string>>;

  /**
   * The first day, from this one on, on which the ERP takes postings: `YYYY-MM-DD`, undefined when there is none.
   * A connector without it has no periods that could be closed. @throws when it cannot tell
   */
  openDateFrom?(date: string): Promise<string | undefined>;

  /**
   * What each account of the ERP holds of everything that is posted up to the end of a day, whoever posted it.
   * @param asOf `YYYY-MM-DD`; without it, of all days @throws when it cannot tell
   */
  balances?(asOf?: string): Promise<readonly ErpBalance[]>;

  /** What the ERP has posted under these refs. @throws when it cannot tell */
  entries?(refs: readonly string[]): Promise<ReadonlyMap<string, ErpEntry>>;

  /**
   * Every line that is posted on an account from a day to a day, whoever posted it. @param from @param to `YYYY-MM-DD`
   * @throws when it cannot tell
   */
  movements?(account: string, from: string, to: string): Promise<readonly ErpMovement[]>;

  /**
   * The entries in which it has summed these postings, by the refs of the postings; those that are in none are left out.
   * A connector without it posts each as it is.
   */
  summedIn?(refs: readonly string[]): Promise<ReadonlyMap<string, Summarised>>;

  abstract close(): Promise<void>;
}

/** A line of an account, as the ERP holds it. */
export interface ErpMovement {
  /** What people find its entry by in the ERP. */
  readonly entry: string;
  /** Of the posting that it comes from; null when others posted it. */
  readonly ref: string | null;
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** In minor units of the currency: a debit above 0, a credit below. */
  readonly amount: bigint;
  readonly currency: Currency;
}

/** Of one account; accounts on which nothing was ever posted may be left out. */
export interface ErpBalance {
  /** As the ERP calls it. */
  readonly account: string;
  readonly currency: Currency;
  /**
   * Where the ERP keeps the locations of lines: of these lines alone. An account has a balance for each location then,
   * and one without for lines that have none. An ERP without locations leaves it out of all.
   */
  readonly location?: LocationId;
  /** Sums in minor units of the currency, neither below 0. */
  readonly debit: bigint;
  readonly credit: bigint;
}

/** A posting as an ERP holds it. */
export interface ErpEntry {
  /** `YYYY-MM-DD` */
  readonly date: string;
  /** In minor units: a debit above 0, a credit below. */
  readonly lines: readonly { readonly account: string; readonly amount: bigint }[];
}

/** What the ERPs call the accounts of a line, also where nothing is posted from. */
export abstract class ErpAccounts {
  abstract accountOf(connector: string, line: JournalLine): string;
}

/** The ERPs that this process posts to. */
export class ErpConnectors {
  constructor(readonly all: readonly ErpConnector[]) {}
}
