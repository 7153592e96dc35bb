import type { Instant } from '../values/instant.js';
import { formatInstant } from '../values/instant.js';

/** Before this, calendars and zones mean nothing to a ledger and years have fewer than four digits. */
const YEAR_1000 = Date.UTC(1000, 0, 2);
/** From here on, the offsets of all zones are whole quarters of an hour, so no day begins within one. */
const YEAR_1973 = Date.UTC(1973, 0, 1);
const QUARTER_MS = 15 * 60 * 1_000;
/** Some three months of quarters. */
const MOST_KEPT = 10_000;

/** The days of one zone. Formatting a date costs more than valuing a movement, so days found are kept by the quarter. */
class Days {
  private readonly format: Intl.DateTimeFormat;
  private readonly known = new Map<number, string>();

  constructor(timeZone: string) {
    this.format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  }

  of(instant: Instant): string {
    if (instant < YEAR_1973) return this.format.format(instant);
    const quarter = Math.floor(instant / QUARTER_MS);
    const known = this.known.get(quarter);
    if (known !== undefined) return known;
    const day = this.format.format(instant);
    if (this.known.size >= MOST_KEPT) this.known.clear();
    this.known.set(quarter, day);
    return day;
  }
}

const zones = new Map<string, Days>();

function daysIn(timeZone: string): Days {
  const known = zones.get(timeZone);
  if (known !== undefined) return known;
  const days = new Days(timeZone);
  zones.set(timeZone, days);
  return days;
}

/** The local day of an instant as `YYYY-MM-DD`. @param timeZone an IANA name, e.g. `Europe/London` */
export const localDate = (instant: Instant, timeZone: string): string =>
  instant < YEAR_1000 ? formatInstant(instant).slice(0, 10) : daysIn(timeZone).of(instant);
