/** Milliseconds since 1970-01-01 UTC. */
export type Instant = number;

const RFC_3339 = /^\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(?:\.\d{1,9})?(?:[Zz]|[+-]\d{2}:\d{2})$/;
const FRACTION_AT = 20;

/**
 * Parses an RFC 3339 instant with its offset; `undefined` for anything else, also for days that do not exist.
 * Fractions of a second count to the millisecond.
 */
export function parseInstant(text: unknown): Instant | undefined {
  if (typeof text !== 'string' || !RFC_3339.test(text)) return undefined;
  // Every movement brings one, so its digits are read where they stand instead of cut out.
  const year = digits(text, 0, 4);
  const [month, day] = [digits(text, 5, 2), digits(text, 8, 2)];
  const [hour, minute, second] = [digits(text, 11, 2), digits(text, 14, 2), digits(text, 17, 2)];
  if (!isDay(year, month, day) || hour > 23 || minute > 59 || second > 59) return undefined;
  const offsetMinutes = parseOffset(text);
  if (offsetMinutes === undefined) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second, fractionMs(text)) - offsetMinutes * 60_000;
}

function digits(text: string, at: number, count: number): number {
  let value = 0;
  for (let index = at; index < at + count; index += 1) value = value * 10 + text.charCodeAt(index) - 48;
  return value;
}

function isDay(year: number, month: number, day: number): boolean {
  if (year < 100 || month < 1 || month > 12 || day < 1) return false;
  if (month !== 2) return day <= (month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31);
  return day <= (year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28);
}

function fractionMs(text: string): number {
  if (text[FRACTION_AT - 1] !== '.') return 0;
  let ms = 0;
  for (let place = 100, at = FRACTION_AT; place >= 1; place /= 10, at += 1) {
    const digit = text.charCodeAt(at) - 48;
    if (digit < 0 || digit > 9) break;
    ms += digit * place;
  }
  return ms;
}

/** Minutes east of UTC, from the end of the text. */
function parseOffset(text: string): number | undefined {
  if (text.endsWith('Z') || text.endsWith('z')) return 0;
  const at = text.length - 6;
  const [hours, minutes] = [digits(text, at + 1, 2), digits(text, at + 4, 2)];
  if (hours > 23 || minutes > 59) return undefined;
  return (text[at] === '-' ? -1 : 1) * (hours * 60 + minutes);
}

export const formatInstant = (instant: Instant): string => new Date(instant).toISOString();

/** Reads an instant that this service wrote itself. */
export function storedInstant(text: string): Instant {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new Error(`Not a stored instant: ${text}`);
  return instant;
}
