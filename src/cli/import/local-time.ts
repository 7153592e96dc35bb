const LOCAL = /^(\d{4})-(\d\d)-(\d\d)[T ](\d\d):(\d\d)(?::(\d\d))?$/;
const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/**
 * A reader of local times of one IANA zone: `YYYY-MM-DDTHH:MM[:SS]` (or with a space) to an RFC 3339 instant with offset,
 * undefined when the text is no such time. A time that occurs twice is the earlier instant, and one the clocks
 * skip is taken with the offset before the change, so that the same text always gives the same instant.
 */
export function localTimes(timeZone: string): (text: string) => string | undefined {
  const offsetMs = offsets(timeZone);
  // An invoice's lines share their time, and asking Intl is the dear part.
  let last: { readonly text: string; readonly instant: string | undefined } = { text: '', instant: undefined };
  return (text) => {
    if (text !== last.text) last = { text, instant: toInstant(text, offsetMs) };
    return last.instant;
  };
}

function toInstant(text: string, offsetMs: (instantMs: number) => number): string | undefined {
  const wallMs = wallClock(text);
  if (wallMs === undefined) return undefined;
  const before = offsetMs(wallMs - DAY_MS);
  const after = offsetMs(wallMs + DAY_MS);
  const holds = (offset: number): boolean => offsetMs(wallMs - offset) === offset;
  return format(wallMs, !holds(before) && holds(after) ? after : before);
}

/** The fields read as if they were UTC, undefined for the likes of 31 February. */
function wallClock(text: string): number | undefined {
  const parts = LOCAL.exec(text)
    ?.slice(1)
    .map((part) => Number(part ?? 0));
  if (parts === undefined) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = parts;
  const wallMs = Date.UTC(year, month - 1, day, hour, minute, second);
  const canonical = new Date(wallMs).toISOString().slice(0, 19);
  return canonical.startsWith(text.replace(' ', 'T')) ? wallMs : undefined;
}

function offsets(timeZone: string): (instantMs: number) => number {
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone,
    calendar: 'iso8601',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  return (instantMs) => {
    const parts = new Map(format.formatToParts(instantMs).map(({ type, value }) => [type, Number(value)]));
    const part = (type: Intl.DateTimeFormatPartTypes): number => parts.get(type) ?? 0;
    const wallMs = Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second'));
    return wallMs - instantMs;
  };
}

function format(wallMs: number, offset: number): string {
  // Zones before standard time have offsets in seconds, which RFC 3339 cannot write.
  if (offset % MINUTE_MS !== 0) return new Date(wallMs - offset).toISOString().replace('.000Z', 'Z');
  const minutes = Math.abs(offset) / MINUTE_MS;
  const two = (value: number): string => String(value).padStart(2, '0');
  const sign = offset < 0 ? '-' : '+';
  return `${new Date(wallMs).toISOString().slice(0, 19)}${sign}${two(Math.floor(minutes / 60))}:${two(minutes % 60)}`;
}
