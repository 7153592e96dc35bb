import { Problem } from '../problem.js';
import { shown } from './shown.js';

/** Deeper nesting than any request of ours has. */
const MAX_DEPTH = 16;
/** Keys that JavaScript gives a meaning of their own. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;
const FOLLOWING_COLON = /\s*:/y;

/**
 * Parses a body and refuses what `JSON.parse` lets pass silently: a key that stands twice in one object, keys that
 * touch prototypes, nesting without end. Throws a {@link Problem}.
 */
export function parseStrictJson(text: string): unknown {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new Problem(400, 'invalid-json', `The body is not JSON: ${(error as Error).message}`);
  }
  // A duplicate key leaves fewer keys in the value than there are colons in the text.
  if (countKeys(typeof value === 'object' ? value : null) !== countColons(text)) {
    const detail = `The key ${shown(repeatedKey(text))} stands twice in one object, and may stand once; nothing was stored.`;
    throw new Problem(400, 'duplicate-key', detail);
  }
  return value;
}

/** Keys of an object or list and of all that is in it; `depth` of them are around it. */
function countKeys(value: object | null, depth = 0): number {
  if (value === null) return 0;
  if (depth > MAX_DEPTH) throw new Problem(400, 'invalid-json', `The body is nested deeper than ${MAX_DEPTH} levels.`);
  let keys = 0;
  if (Array.isArray(value)) {
    for (const item of value) if (typeof item === 'object') keys += countKeys(item, depth + 1);
    return keys;
  }
  for (const key of Object.keys(value)) {
    if (REFUSED_KEYS.has(key)) throw new Problem(400, 'invalid-json', `The key ${key} is not allowed.`);
    keys += 1;
    const child = (value as Record<string, unknown>)[key];
    if (typeof child === 'object') keys += countKeys(child, depth + 1);
  }
  return keys;
}

/** Colons outside strings; the text is known to be JSON. */
function countColons(text: string): number {
  let colons = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) at = endOfString(text, at);
    else if (code === COLON) colons += 1;
  }
  return colons;
}

/** The first key that its object has already; the text is known to be JSON and to have one. */
function repeatedKey(text: string): string | undefined {
  const keysAround: Set<string>[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const char = text[at];
    if (char === '{' || char === '[') keysAround.push(new Set());
    else if (char === '}' || char === ']') keysAround.pop();
    else if (char === '"') {
      const end = endOfString(text, at);
      const written = text.slice(at, end + 1);
      at = end;
      FOLLOWING_COLON.lastIndex = end + 1;
      if (!FOLLOWING_COLON.test(text)) continue;
      const key: string = JSON.parse(written);
      if (keysAround.at(-1)?.has(key)) return key;
      keysAround.at(-1)?.add(key);
    }
  }
  return undefined;
}

/** Where the string ends that begins at a quote. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

/** Whether an odd number of backslashes stands before a place. */
function isEscaped(text: string, at: number): boolean {
  let first = at;
  while (text.charCodeAt(first - 1) === BACKSLASH) first -= 1;
  return (at - first) % 2 === 1;
}
