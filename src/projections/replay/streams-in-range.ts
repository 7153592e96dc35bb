import type { ReplayRange, RulesChange } from '../../domain/replay/replay.js';
import { VALUED } from '../../domain/valuation/codec.js';
import type { Revaluation } from '../../domain/valuation/events.js';
import type { DamagedTreatment, ValuationTerms } from '../../domain/valuation/posting-rules.js';
import { type StockKey, stockKeyOf, stockStream } from '../../domain/values/identifiers.js';
import { storedInstant } from '../../domain/values/instant.js';
import type { EventStore, Position, RecordedEvent } from '../../ports/event-store.js';

/** What of a stored valuation says by which rules it came about. Its source's position may be one of another store. */
interface StoredRules {
  readonly source: { readonly revision: number };
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
  revalued?: { readonly version: number; readonly isBehind: boolean; readonly occurredAt: number | undefined };
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
  const begins = new Begins(range.from);
  const kinds = range.from === null ? ['valuation-'] : ['valuation-', 'stock-'];
  const streamPrefixes = kinds.map((kind) => (range.sku === null ? kind : `${kind}${range.sku}@`));
  for await (const event of store.readAll({ streamPrefixes })) {
    if (event.position > upTo) break;
    if (range.location !== null && !event.stream.endsWith(`@${range.location}`)) continue;
    if (event.type === VALUED) note(streams, event, replay, range, begins);
    else begins.note(event);
  }
  const all = [...streams].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, stream]) => stream);
  return all.filter(({ isMeant }) => isMeant);
}

/** Where the range begins in each stock stream: a movement is read before it is valued. */
class Begins {
  /** Revisions of the first movements behind the position, by stock stream. */
  private readonly firsts = new Map<string, number>();

  constructor(private readonly from: Position | null) {}

  note({ stream, revision, position }: RecordedEvent): void {
    if (this.from !== null && position > this.from && !this.firsts.has(stream)) this.firsts.set(stream, revision);
  }

  isBehind(key: StockKey, revision: number): boolean {
    return this.from === null || revision >= (this.firsts.get(stockStream(key)) ?? Number.POSITIVE_INFINITY);
  }
}

function note(
  streams: Map<string, StreamInRange>,
  event: RecordedEvent,
  replay: string,
  range: ReplayRange,
  begins: Begins,
): void {
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
  const isBehind = begins.isBehind(stream.key, source.revision);
  const { occurredAt: text } = event.metadata;
  const occurredAt = typeof text === 'string' ? storedInstant(text) : undefined;
  if (revaluation?.of === 'stock') stream.revalued = { version: revaluation.version, isBehind, occurredAt };
  if (revaluation === undefined) {
    stream.isMeant ||= isBehind && (range.occurredFrom === null || (occurredAt ?? 0) >= range.occurredFrom);
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
    ((from !== null && revalued.isBehind) ||
      (occurredFrom !== null && occurredFrom <= (revalued.occurredAt ?? occurredFrom)));
  if (!isCovered) return undefined;
  return `${name} was valued anew by rules of version ${revalued.version} behind that: begin later, or leave out from`;
}
