import { List } from 'immutable';
import type { ReplayRange, RulesChange } from '../../domain/replay/replay.js';
import { decodeValued, encodeValued, VALUATION_SCHEMA_VERSION, VALUED } from '../../domain/valuation/codec.js';
import type { ValuationSource, Valued } from '../../domain/valuation/events.js';
import type { ValuationTerms } from '../../domain/valuation/posting-rules.js';
import { changeOf, type MovementChange, reopened } from '../../domain/valuation/revalue.js';
import { evolveValuation, noValuation, type ValuationState } from '../../domain/valuation/state.js';
import { eventId } from '../../domain/values/event-id.js';
import { type StockKey, stockStream, valuationStream } from '../../domain/values/identifiers.js';
import { storedInstant } from '../../domain/values/instant.js';
import type { EventStore, Position, RecordedEvent } from '../../ports/event-store.js';
import { ValuationLayers } from '../../streams/valuation-layers.js';
import { ValuationProjection } from '../valuation/valuation-projection.js';
import { ScratchStore } from './scratch-store.js';

export interface RevaluationOptions {
  readonly change: RulesChange;
  /** What of the range says where the rules begin. */
  readonly range: Pick<ReplayRange, 'from' | 'occurredFrom'>;
  /** Id of the replay: what it has written itself already is left out. */
  readonly replay: string;
  /** Only what was valued up to here. */
  readonly upTo: Position;
  /** IANA name, of locations that have none of their own. */
  readonly timeZone: string;
  /** What the SKU is valued by from now on. */
  readonly terms: ValuationTerms;
}

/** What other rules make of one SKU at one location. */
export interface RevaluedStream {
  readonly key: StockKey;
  /** Of the valuation stream, before anything of this replay. */
  readonly revision: number;
  /** Of the first movement that is valued anew, in the stock stream. */
  readonly from: number;
  readonly source: ValuationSource;
  readonly before: ValuationState;
  readonly after: ValuationState;
  /** In order, also those in which nothing differs. */
  readonly movements: readonly MovementChange[];
}

/** A valuation on record. */
interface Booked {
  readonly revision: number;
  readonly valued: Valued;
}

/** So many stock events are valued in one go. */
const EVENTS_AT_ONCE = 1_000;

/** Values a SKU at a location once more, as a valuer with other rules would. Undefined where there is nothing to. */
export async function revalue(
  store: EventStore,
  key: StockKey,
  options: RevaluationOptions,
): Promise<RevaluedStream | undefined> {
  const stream = valuationStream(key);
  const booked = await readBooked(store, stream, options);
  const last = booked.at(-1);
  const newest = booked.findLast(({ valued }) => valued.revaluation === undefined)?.valued;
  if (last === undefined || newest === undefined) return undefined;
  const events = await readStock(store, key, newest.source.revision, options.range);
  const from = events[0]?.revision;
  if (from === undefined) return undefined;
  const isAnew = ({ valued }: Booked) => valued.source.revision >= from;
  const kept = from === 0 ? 0 : Math.max(0, booked.findIndex(isAnew));
  const until = await stateAt(store, stream, booked[kept - 1], options.terms);
  const opening = reopened(until, options.terms);
  const scratch = new ScratchStore(store, stream, kept);
  await scratch.append(stream, 'any', [openingEvent(stream, until, opening)]);
  const wanted = await valueAnew(scratch, events, options);
  const after = wanted.reduce(evolveValuation, opening);
  return {
    key,
    revision: last.revision,
    from,
    source: newest.source,
    before: await stateAt(store, stream, last, options.terms),
    after,
    movements: compare(booked.filter(isAnew), wanted, options.change),
  };
}

/** Whatever this replay wrote itself stands behind all of it. */
async function readBooked(
  store: EventStore,
  stream: string,
  { replay, upTo }: RevaluationOptions,
): Promise<readonly Booked[]> {
  const booked: Booked[] = [];
  for await (const { data, revision, position } of store.readStream(stream)) {
    if (position > upTo) break;
    const valued = decodeValued(data);
    if (valued.revaluation?.replay === replay) break;
    booked.push({ revision, valued });
  }
  return booked;
}

/** From where the rules begin, up to the movement that was valued last. */
async function readStock(
  store: EventStore,
  key: StockKey,
  last: number,
  { from, occurredFrom }: RevaluationOptions['range'],
): Promise<readonly RecordedEvent[]> {
  const events: RecordedEvent[] = [];
  for await (const event of store.readStream(stockStream(key), { maxCount: last + 1 })) {
    const { occurredAt } = event.metadata;
    const isBefore =
      (from !== null && event.position <= from) ||
      (occurredFrom !== null && (typeof occurredAt !== 'string' || storedInstant(occurredAt) < occurredFrom));
    if (events.length > 0 || !isBefore) events.push(event);
  }
  return events;
}

async function stateAt(
  store: EventStore,
  stream: string,
  booked: Booked | undefined,
  terms: ValuationTerms,
): Promise<ValuationState> {
  if (booked === undefined) return noValuation(terms);
  const { after } = booked.valued;
  if (after.terms.method !== 'fifo') return { ...after, layers: List() };
  return { ...after, layers: (await new ValuationLayers(store).load(stream, booked.revision, after)).layers };
}

async function valueAnew(
  scratch: ScratchStore,
  events: readonly RecordedEvent[],
  { timeZone, terms, change }: RevaluationOptions,
): Promise<readonly Valued[]> {
  const { method: costing, damaged } = terms;
  const rules = { version: change.rules.version, costing, damaged };
  const valuer = new ValuationProjection(scratch, { timeZone, rules });
  for (let next = 0; next < events.length; next += EVENTS_AT_ONCE) {
    const batch = events.slice(next, next + EVENTS_AT_ONCE);
    await valuer.handle({ events: batch, position: batch.at(-1)?.position ?? 0n, live: false });
  }
  return scratch.written.slice(1).map(({ data }) => decodeValued(data));
}

/** Stands before the valuations that are made anew, and only among them. */
function openingEvent(stream: string, until: ValuationState, { layers, ...after }: ValuationState) {
  const opening: Valued = {
    source: { eventId: stream, revision: after.sourceRevision, position: 0n, type: 'Opening', movementId: '' },
    currency: after.lastCost?.currency ?? null,
    units: 0,
    cost: null,
    quantityChange: 0,
    valueChange: 0n,
    after,
    layerChange: { dropped: until.layers.size, added: [...layers] },
    ruleVersion: after.terms.version ?? 0,
    postings: [],
  };
  const metadata = { schemaVersion: VALUATION_SCHEMA_VERSION };
  return { id: eventId(stream, 'opening'), type: VALUED, data: encodeValued(opening), metadata };
}

/** Movement by movement, in the order of the stock stream. */
function compare(
  booked: readonly Booked[],
  wanted: readonly Valued[],
  { rules: { version }, date }: RulesChange,
): readonly MovementChange[] {
  const movements = new Map<number, { booked: Valued[]; wanted: Valued | undefined }>();
  const at = (revision: number) => {
    const movement = movements.get(revision) ?? { booked: [], wanted: undefined };
    movements.set(revision, movement);
    return movement;
  };
  for (const { valued } of booked) {
    if (valued.revaluation === undefined || valued.revaluation.of === 'movement')
      at(valued.source.revision).booked.push(valued);
  }
  for (const valued of wanted) at(valued.source.revision).wanted = valued;
  return [...movements]
    .sort(([one], [other]) => one - other)
    .flatMap(([, movement]) => changeOf(movement, { version, date }) ?? []);
}
