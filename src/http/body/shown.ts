const MAX_SHOWN = 40;

/** What a caller gave, in words short enough for a message. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (typeof value === 'object' && value !== null) return 'an object';
  // JSON has no word for it.
  if (Object.is(value, -0)) return '-0';
  const text = typeof value === 'string' ? JSON.stringify(value.slice(0, MAX_SHOWN)) : String(value);
  return typeof value === 'string' && value.length > MAX_SHOWN ? `${text}, and so on` : text;
}
