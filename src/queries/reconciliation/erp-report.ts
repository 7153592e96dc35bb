import type { Currency } from '../../domain/values/currency.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Position } from '../../ports/event-store.js';
import type { DeliveriesFold } from './deliveries-fold.js';
import type { EntryDiffers } from './entries.js';
import { type AccountDiffers, erpAmounts } from './erp-books.js';
import type { ErpComparison, ErpState } from './erp-check.js';
import type { Explanation, ForeignEntry } from './explain.js';
import { notBridged, type StatementRow } from './statement.js';

/** Postings that did not reach the ERP, and why. */
export interface OpenAmounts {
  readonly what: 'waiting' | 'parked' | 'written-off';
  readonly currency: Currency;
  /** What is at stake with them, in minor units. */
  readonly worth: bigint;
}

/** A row as finance reads it. Undefined where the ERP does not keep locations, or was not read. */
export interface ReportedRow extends StatementRow {
  readonly erp: bigint | undefined;
}

export interface ErpReport {
  readonly connector: string;
  /** Its deliveries were read up to here. */
  readonly position: Position;
  readonly state: ErpState;
  /** Why it is unreadable. */
  readonly detail?: string;
  readonly delivered: number;
  /** Valued and not delivered, whatever the reason; the parked ones are among them. */
  readonly pending: number;
  readonly parked: number;
  readonly writtenOff: number;
  readonly open: readonly OpenAmounts[];
  /** When the oldest of those that wait was recorded, and of those that are parked. */
  readonly oldestWaitingAt: Instant | undefined;
  readonly oldestParkedAt: Instant | undefined;
  /** Refs that were delivered without having been valued, or more than once. */
  readonly strangers: readonly string[];
  /** In the ERP, and not yet recorded as delivered. */
  readonly unrecorded: readonly string[];
  /** Whether the ERP keeps the locations of lines; undefined when it was not read. */
  readonly tellsLocations: boolean | undefined;
  /** Undefined when the ERP was not read. */
  readonly accounts: readonly AccountDiffers[] | undefined;
  /** Of the accounts that differ. */
  readonly entries: readonly EntryDiffers[];
  readonly foreign: readonly ForeignEntry[];
  readonly statement: readonly ReportedRow[];
  /** Rows whose parts do not make what was valued: this service is at fault. */
  readonly notBridged: number;
}

interface Parts {
  readonly connector: string;
  readonly position: Position;
  readonly fold: DeliveriesFold;
  readonly comparison: ErpComparison;
  readonly explanation: Explanation;
  /** So many differences of a kind are named. */
  readonly most: number;
}

export function erpReport({ connector, position, fold, comparison, explanation, most }: Parts): ErpReport {
  const { state, detail, statement, books, accounts, unrecorded } = comparison;
  const rows = statement.list();
  const erpOf = books === undefined ? () => undefined : erpAmounts(rows, books);
  const { waiting, parked } = statement;
  const open = [
    ['waiting', waiting.worth],
    ['parked', parked.worth],
    ['written-off', fold.writeOffs],
  ] as const;
  return {
    connector,
    position,
    state,
    ...(detail === undefined ? {} : { detail }),
    ...fold.counts,
    open: open.flatMap(([what, sums]) => [...sums].map(([currency, worth]) => ({ what, currency, worth }))),
    oldestWaitingAt: waiting.oldestAt,
    oldestParkedAt: parked.oldestAt,
    strangers: fold.strangers.slice(0, most),
    unrecorded: unrecorded.slice(0, most),
    tellsLocations: books?.tellsLocations,
    accounts: books === undefined ? undefined : accounts.slice(0, most),
    ...explanation,
    statement: rows.map((row) => ({ ...row, erp: erpOf(row) })),
    notBridged: rows.filter((row) => notBridged(row) !== 0n).length,
  };
}
