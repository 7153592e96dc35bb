import { Problem } from '../problem.js';

/** Deeper nesting than any request of ours has. */
const MAX_DEPTH = 16;
/** Keys that JavaScript gives a meaning of their own. */
const REFUSED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COLON = 0x3a;

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
  if (countKeys(value) !== countColons(text)) {
    throw new Problem(400, 'duplicate-key', 'A key stands twice in one object; nothing was stored.');
  }
  return value;
}

function countKeys(root: unknown): number {
  let keys = 0;
  let level: unknown[] = [root];
  for (let depth = 0; level.length > 0; depth += 1) {
    if (depth > MAX_DEPTH)
      throw new Problem(400, 'invalid-json', `The body is nested deeper than ${MAX_DEPTH} levels.`);
    const next: unknown[] = [];
    for (const value of level) {
      if (typeof value !== 'object' || value === null) continue;
      if (!Array.isArray(value)) keys += countOwnKeys(value);
      for (const child of Object.values(value)) if (typeof child === 'object') next.push(child);
    }
    level = next;
  }
  return keys;
}

function countOwnKeys(value: object): number {
  const keys = Object.keys(value);
  for (const key of keys) {
    if (REFUSED_KEYS.has(key)) throw new Problem(400, 'invalid-json', `The key ${key} is not allowed.`);
  }
  return keys.length;
}

/** Colons outside strings; the text is known to be JSON. */
function countColons(text: string): number {
  let colons = 0;
  let inString = false;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inString = !inString;
    else if (inString && code === BACKSLASH) at += 1;
    else if (!inString && code === COLON) colons += 1;
  }
  return colons;
}
