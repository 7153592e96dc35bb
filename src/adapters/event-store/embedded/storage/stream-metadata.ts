import { type Acl, parseAcl } from './acl.js';
import { type Column, columnToText } from './column.js';
import type { EventRow } from './event-rows.js';

/** What `$$stream` says about a stream, as far as reads and appends go by it. */
export interface StreamMetadata {
  /** Whether `$$stream` holds any event. */
  readonly exists: boolean;
  /** Soft-deleted: hidden from reads until somebody appends again. */
  readonly softDeleted: boolean;
  /** First readable revision; see {@link firstReadable}. */
  readonly truncateBefore: number;
  readonly maxCount: number | undefined;
  readonly maxAgeMs: number | undefined;
  /** Who may do what; undefined leaves it to the general rule. */
  readonly acl: Acl | undefined;
  /** The last event's data, needed to write it again with another `$tb`. */
  readonly raw: Column;
}

export const NO_METADATA: StreamMetadata = {
  exists: false,
  softDeleted: false,
  truncateBefore: 0,
  maxCount: undefined,
  maxAgeMs: undefined,
  acl: undefined,
  raw: '',
};

/** Metadata streams show their last event only, whatever their own metadata says. */
export const METASTREAM_METADATA: StreamMetadata = { ...NO_METADATA, maxCount: 1 };

/** The data of the `$metadata` event that hides a stream. */
export const SOFT_DELETE_DATA = '{"$tb":9223372036854775807}';

/** `$tb` from here on means soft-deleted: a client's JSON turns 2^63 - 1 into 9223372036854775808. */
const SOFT_DELETED_FROM = 2n ** 53n;
const INT64_MAX = 2n ** 63n - 1n;
const INT64_MIN = -(2n ** 63n);
/** An integer, of no more digits than 64 bits take. */
const INTEGER = /^-?\d{1,19}$/;
/** A string, a mark, or a number or word. */
const JSON_TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
const LIMIT_KEYS = ['$maxCount', '$maxAge', '$tb', '$cacheControl'] as const;

/** Reads the last event of `$$stream`. Content that is not as it should be counts as no metadata at all. */
export function parseMetadata(event: EventRow | undefined): StreamMetadata {
  if (event === undefined) return NO_METADATA;
  const ignored = { ...NO_METADATA, exists: true, raw: event.data };
  if (!event.json) return ignored;
  const members = jsonMembers(columnToText(event.data));
  if (members === undefined) return ignored;
  const aclText = members.get('$acl');
  const acl = aclText === undefined ? undefined : parseAcl(JSON.parse(aclText));
  if (aclText !== undefined && acl === undefined) return ignored;
  const limits = new Map<string, bigint>();
  for (const key of LIMIT_KEYS) {
    const text = members.get(key);
    if (text === undefined) continue;
    if (!INTEGER.test(text)) return ignored;
    const value = BigInt(text);
    // 2^63 is let through for `$tb`, as the client writes it after a round trip through a double.
    if (value < INT64_MIN || value > (key === '$tb' ? INT64_MAX + 1n : INT64_MAX)) return ignored;
    limits.set(key, value);
  }
  const truncateBefore = limits.get('$tb') ?? 0n;
  return {
    ...ignored,
    softDeleted: truncateBefore >= SOFT_DELETED_FROM,
    truncateBefore: truncateBefore > 0n ? Number(truncateBefore) : 0,
    maxCount: positive(limits.get('$maxCount')),
    maxAgeMs: positive(limits.get('$maxAge'), 1_000),
    acl,
  };
}

/** First revision that reads show, given the stream's last one. */
export function firstReadable(metadata: StreamMetadata, lastRevision: number): number {
  const byCount = metadata.maxCount === undefined ? 0 : lastRevision - metadata.maxCount + 1;
  return Math.max(metadata.truncateBefore, byCount, 0);
}

/** The same metadata with another `$tb`, all else kept to the letter; undefined if it is no JSON object. */
export function withTruncateBefore(raw: Column, revision: number): string | undefined {
  const members = jsonMembers(columnToText(raw));
  if (members === undefined) return undefined;
  members.set('$tb', String(revision));
  return `{${[...members].map(([key, text]) => `${JSON.stringify(key)}:${text}`).join(',')}}`;
}

/** The members of a JSON object with their values as written (a number keeps its digits); of equal keys the last. */
function jsonMembers(text: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  } catch {
    return undefined;
  }
  const pieces = topLevelPieces(text);
  const members = new Map<string, string>();
  for (let at = 0; at + 1 < pieces.length; at += 2) {
    members.set(String(JSON.parse(pieces[at] ?? '""')), pieces[at + 1] ?? 'null');
  }
  return members;
}

/** Keys and values by turns, of an object known to be valid JSON. */
function topLevelPieces(text: string): string[] {
  const pieces: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of text.matchAll(JSON_TOKEN)) {
    if (depth === 1 && ',:}'.includes(token)) {
      pieces.push(text.slice(start, index).trim());
      start = index + 1;
    }
    if (token === '{' || token === '[') {
      depth++;
      if (depth === 1) start = index + 1;
    } else if (token === '}' || token === ']') depth--;
  }
  return pieces;
}

function positive(value: bigint | undefined, factor = 1): number | undefined {
  return value !== undefined && value > 0n ? Number(value) * factor : undefined;
}
