import type { Instant } from '../values/instant.js';
import { formatInstant } from '../values/instant.js';

const formats = new Map<string, Intl.DateTimeFormat>();

/** Local days are asked for thousands of times a second, and making a formatter is a hundred times dearer than using it. */
function formatOf(timeZone: string): Intl.DateTimeFormat {
  const known = formats.get(timeZone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short' });
  formats.set(timeZone, format);
  return format;
}

/** Before this, calendars and zones mean nothing to a ledger and years have fewer than four digits. */
const YEAR_1000 = Date.UTC(1000, 0, 2);

/** The local day of an instant as `YYYY-MM-DD`. @param timeZone an IANA name, e.g. `Europe/London` */
export const localDate = (instant: Instant, timeZone: string): string =>
  instant < YEAR_1000 ? formatInstant(instant).slice(0, 10) : formatOf(timeZone).format(instant);
