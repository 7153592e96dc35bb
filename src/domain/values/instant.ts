/** Milliseconds since 1970-01-01 UTC. */
export type Instant = number;

const RFC_3339 = /^(\d{4})-(\d{2})-(\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d{1,9})?([Zz]|[+-]\d{2}:\d{2})$/;

/**
 * Parses an RFC 3339 instant with its offset; `undefined` for anything else, also for days that do not exist.
 * Fractions of a second count to the millisecond.
 */
export function parseInstant(text: unknown): Instant | undefined {
  const parts = typeof text === 'string' ? RFC_3339.exec(text) : null;
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, offset] = parts as unknown as [string, ...string[]];
  const utc = Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
  const written = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  if (Number.isNaN(utc) || !new Date(utc).toISOString().startsWith(written)) return undefined;
  const offsetMinutes = parseOffset(offset ?? 'Z');
  if (offsetMinutes === undefined) return undefined;
  const fractionMs = fraction === undefined ? 0 : Number(fraction.slice(1, 4).padEnd(3, '0'));
  return utc + fractionMs - offsetMinutes * 60_000;
}

function parseOffset(text: string): number | undefined {
  if (text === 'Z' || text === 'z') return 0;
  const hours = Number(text.slice(1, 3));
  const minutes = Number(text.slice(4, 6));
  if (hours > 23 || minutes > 59) return undefined;
  return (text.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
}

export const formatInstant = (instant: Instant): string => new Date(instant).toISOString();

/** Reads an instant that this service wrote itself. */
export function storedInstant(text: string): Instant {
  const instant = Date.parse(text);
  if (Number.isNaN(instant)) throw new Error(`Not a stored instant: ${text}`);
  return instant;
}
