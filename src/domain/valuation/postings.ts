import type { Movement, StockEvent, SupplyCancelled } from '../stock/events.js';
import type { Currency } from '../values/currency.js';
import type { LocationId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { LineDimensions, Posting } from './events.js';
import type { Journal, JournalPlace } from './journal.js';
import { localDate } from './posting-date.js';
import type { Worksheet } from './worksheet.js';

/** Everything that can change quantity or value: movements, and the loss of goods that never arrived. */
export type ValuedEvent = Movement | SupplyCancelled;

/** What the postings of a movement say beside its amounts. */
export interface PostingFacts {
  /** Id of the stock event. */
  readonly ref: string;
  readonly location: LocationId;
  /** The location's: an IANA name. */
  readonly timeZone: string;
  readonly currency: Currency;
  /** Where goods in transit come from. */
  readonly sender?: LocationId;
  /** The SKU's, from its master data. */
  readonly skuClass?: string;
  /** Of the stock event; undefined when that does not matter, as the event came in order. */
  readonly recordedAt?: Instant;
}

/**
 * The postings of one movement, dated by when it happened. One that came late does not reach back into costs that are
 * posted already: what it changes in those is a posting of its own, dated when it was recorded.
 */
export function postingsOf(
  { journal, corrections, parked }: Worksheet,
  event: ValuedEvent,
  { ref, location, timeZone, currency, sender, skuClass, recordedAt }: PostingFacts,
): readonly Posting[] {
  const { occurredAt } = event;
  const late = isLateMovement(event) && recordedAt !== undefined;
  const forwardDate = localDate(late ? recordedAt : occurredAt, timeZone);
  // The whole of a later cost is news of costs that are posted already.
  const date = event.type === 'UnitCostRevised' ? forwardDate : localDate(occurredAt, timeZone);
  const dimensions = dimensionsOf(event, skuClass);
  const place: JournalPlace = {
    location,
    ...(sender === undefined ? {} : { sender }),
    ...(dimensions === undefined ? {} : { dimensions }),
  };
  const entries: { journal: Journal; date: string }[] = [{ journal, date }];
  if (date === forwardDate) journal.enterAll(corrections);
  else entries.push({ journal: corrections, date: forwardDate });
  const postings = entries
    .filter((entry) => !entry.journal.isEmpty)
    .map((entry, index) => ({
      ref: index === 0 ? ref : `${ref}.${index + 1}`,
      date: entry.date,
      currency,
      lines: entry.journal.lines(place),
    }));
  const [first = { ref, date, currency, lines: [] }, ...others] = postings;
  return parked === undefined ? postings : [{ ...first, parked }, ...others];
}

/** Whether a movement came when the stream knew of newer ones. */
export const isLateMovement = (event: StockEvent): boolean =>
  'exceptions' in event && event.exceptions?.includes('late') === true;

function dimensionsOf(event: ValuedEvent, skuClass: string | undefined): LineDimensions | undefined {
  const reason = reasonOf(event);
  if (skuClass === undefined && reason === undefined) return undefined;
  return { ...(skuClass === undefined ? {} : { class: skuClass }), ...(reason === undefined ? {} : { reason }) };
}

function reasonOf(event: ValuedEvent): string | undefined {
  if (event.type === 'Adjusted') return event.reason;
  if (event.type === 'Counted') return 'count';
  return undefined;
}
