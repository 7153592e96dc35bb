import { type Instant, parseInstant } from '../../domain/values/instant.js';

export const MS_PER_DAY = 86_400_000;
/** Promises are made for so many days ahead at most. */
export const MAX_DAYS = 365;

/** Days are those of UTC. */
export const startOfDay = (instant: Instant): Instant => Math.floor(instant / MS_PER_DAY) * MS_PER_DAY;
export const endOfDay = (instant: Instant): Instant => startOfDay(instant) + MS_PER_DAY - 1;

/** `2026-11-20` for any instant of that day. */
export const formatDay = (instant: Instant): string => new Date(instant).toISOString().slice(0, 10);

/** An instant with its offset, or a full date for the end of that day; undefined for anything else. */
export function parseInstantOrDay(text: unknown): Instant | undefined {
  if (typeof text !== 'string' || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return parseInstant(text);
  const midnight = parseInstant(`${text}T00:00:00Z`);
  return midnight === undefined ? undefined : endOfDay(midnight);
}

/** Not more than a day back, for in some time zones it is still yesterday, and not too far ahead. */
export const mayBePromisedFor = (at: Instant, now: Instant): boolean =>
  at >= now - MS_PER_DAY && at <= endOfDay(now + MAX_DAYS * MS_PER_DAY);
