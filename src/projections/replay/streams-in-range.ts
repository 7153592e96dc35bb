import type { ReplayRange, RulesChange } from '../../domain/replay/replay.js';
import { VALUED } from '../../domain/valuation/codec.js';
import type { Revaluation } from '../../domain/valuation/events.js';
import type { DamagedTreatment, ValuationTerms } from '../../domain/valuation/posting-rules.js';
import { type StockKey, stockKeyOf } from '../../domain/values/identifiers.js';
import { storedInstant } from '../../domain/values/instant.js';
import type { EventStore, Position, RecordedEvent } from '../../ports/event-store.js';

/** What of a stored valuation says by which rules it came about. */
interface StoredRules {
  readonly source: { readonly position: string };
  readonly method: ValuationTerms['method'];
  readonly damaged?: DamagedTreatment;
  readonly ruleVersion: number;
  readonly revaluation?: Revaluation;
}

/** A valuation stream that a change of rules is about. */
export interface StreamInRange {
  readonly key: StockKey;
  /** Of the newest rules that valued any of it. */
  pinned: number;
  terms: ValuationTerms;
  /** Its newest change of rules. */
  revalued?: { readonly version: number; readonly position: bigint; readonly occurredAt: number | undefined };
  /** Has a movement in the range. */
  isMeant: boolean;
  /** The replay has begun to write: what comes behind that is none of its business. */
  isBegun: boolean;
}

/** Reads which streams a change is about, beside what the replay itself has written; in the order of their names. */
export async function streamsInRange(
  store: EventStore,
  replay: string,
  range: ReplayRange,
  upTo: Position,
): Promise<readonly StreamInRange[]> {
  const streams = new Map<string, StreamInRange>();
  const prefix = range.sku === null ? 'valuation-' : `valuation-${range.sku}@`;
  for await (const event of store.readAll({ streamPrefixes: [prefix] })) {
    if (event.position > upTo) break;
    if (event.type !== VALUED || (range.location !== null && !event.stream.endsWith(`@${range.location}`))) continue;
    note(streams, event, replay, range);
  }
  const all = [...streams].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, stream]) => stream);
  return all.filter(({ isMeant }) => isMeant);
}

function note(streams: Map<string, StreamInRange>, event: RecordedEvent, replay: string, range: ReplayRange): void {
  const { source, method, damaged = 'keep', ruleVersion, revaluation } = event.data as unknown as StoredRules;
  const terms = { method, damaged };
  const known = streams.get(event.stream);
  const stream: StreamInRange = known ?? {
    key: stockKeyOf(event.stream),
    pinned: 0,
    terms,
    isMeant: false,
    isBegun: false,
  };
  if (known === undefined) streams.set(event.stream, stream);
  stream.isBegun ||= revaluation?.replay === replay;
  if (stream.isBegun) return;
  stream.pinned = Math.max(stream.pinned, ruleVersion);
  stream.terms = terms;
  const position = BigInt(source.position);
  const { occurredAt: text } = event.metadata;
  const occurredAt = typeof text === 'string' ? storedInstant(text) : undefined;
  if (revaluation?.of === 'stock') stream.revalued = { version: revaluation.version, position, occurredAt };
  if (revaluation === undefined) {
    stream.isMeant ||=
      (range.from === null || position > range.from) &&
      (range.occurredFrom === null || (occurredAt ?? 0) >= range.occurredFrom);
  }
}

/** Why the rules cannot hold for this stream; undefined when they can, `'done'` when they do already. */
export function hindrance(
  { key, pinned, terms, revalued }: StreamInRange,
  { rules: { version, damaged } }: RulesChange,
  { from, occurredFrom }: Pick<ReplayRange, 'from' | 'occurredFrom'>,
  wanted: ValuationTerms,
): string | undefined {
  const name = `${key.sku} at ${key.location}`;
  const isAsWanted = terms.method === wanted.method && terms.damaged === wanted.damaged;
  if (pinned === version && isAsWanted) return 'done';
  if (pinned >= version) {
    return `${name} has been valued by rules of version ${pinned}: give the new ones a version above that`;
  }
  if (from === null && occurredFrom === null) return undefined;
  if (terms.damaged !== damaged) {
    return `${name} treats damaged goods otherwise so far: that can only change from the beginning, so leave out from`;
  }
  const isCovered =
    revalued !== undefined &&
    ((from !== null && from < revalued.position) ||
      (occurredFrom !== null && occurredFrom <= (revalued.occurredAt ?? occurredFrom)));
  if (!isCovered) return undefined;
  return `${name} was valued anew by rules of version ${revalued.version} behind that: begin later, or leave out from`;
}
