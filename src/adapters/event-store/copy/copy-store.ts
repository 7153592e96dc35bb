import { createHash, type Hash } from 'node:crypto';
import { type Course, Courses, difference } from './course.js';
import { Handover, isHandover, type Place } from './handover.js';
import { OrderedAppends } from './ordered-appends.js';
import type { RawStore } from './raw-store.js';
import { IDENTITY_STREAM, isCarried, jsonOf, type StoredEvent } from './stored-event.js';
import { TargetWriter } from './target-writer.js';

/** The two stores cannot be brought together; the message tells a person why. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
}

export interface CopyProgress {
  readonly stage: 'compared' | 'copied' | 'proved';
  readonly events: number;
}

export interface CopyReport {
  /** Copied this time; the others were there. */
  readonly copied: number;
  readonly events: number;
  readonly streams: number;
  /** SHA-256 over everything of all events in their order, the same of both stores. */
  readonly digest: string;
  /** The store's identity: positions and tokens of the source mean nothing in it. */
  readonly identity: string;
}

/**
 * Copies all streams into a store that is empty, or holds the beginning of this copy. The order over all streams is
 * kept, so what is there already shows how far an earlier attempt got, and equality can be proved in one pass.
 * @throws CopyRefused, StoreFailed
 */
export async function copyStore(
  source: RawStore,
  target: RawStore,
  onProgress: (progress: CopyProgress) => void,
): Promise<CopyReport> {
  const from = await identityOf(source);
  if (from === undefined)
    throw new CopyRefused(`${source.name} has no ${IDENTITY_STREAM}: no service has written to it`);
  const former = await identityOf(target);
  if (former !== undefined && former.copiedFrom !== from.id) {
    throw new CopyRefused(`${target.name} is in use as a store of its own; copy into an empty one`);
  }
  const appends = new OrderedAppends(target);
  const handover = new Handover();
  const pair: Pair = { source, target, sourceId: from.id, onProgress };
  const copied = await carryOver(pair, appends, handover, former !== undefined);
  const proof = await prove(pair, handover.positions());
  if (former !== undefined) return { copied, ...proof, identity: former.id };
  await handover.write(appends, from.id, proof.placeOf);
  const identity = await handover.finish(appends, from.id);
  return { copied, ...proof, identity };
}

const ONE_SERVICE = 'only a store of one service is copied, one without EVENTSTORE_NAMESPACE';

/** Whether a service keeps its identity there that shares the store with others: its places would be left untold. */
const isNamespaced = (stream: string): boolean => stream.endsWith(`.${IDENTITY_STREAM}`);

interface Pair {
  readonly source: RawStore;
  readonly target: RawStore;
  readonly sourceId: string;
  readonly onProgress: (progress: CopyProgress) => void;
}

async function identityOf(store: RawStore): Promise<{ id: string; copiedFrom: unknown } | undefined> {
  const event = await store.newest(IDENTITY_STREAM);
  const { id, copiedFrom: origin } = (event && jsonOf(event.data)) ?? {};
  return typeof id === 'string' ? { id, copiedFrom: origin } : undefined;
}

/** Compares what is there, and appends what is not. */
async function carryOver(
  pair: Pair,
  appends: OrderedAppends,
  handover: Handover,
  isFinished: boolean,
): Promise<number> {
  const { source, target, onProgress } = pair;
  const courses = new Courses();
  const there = carried(target);
  const writer = new TargetWriter(target, appends);
  let copy = await there.next();
  let compared = 0;
  let copied = 0;
  try {
    for await (const event of source.all()) {
      if (isNamespaced(event.stream)) throw new CopyRefused(`${source.name} holds ${event.stream}: ${ONE_SERVICE}`);
      handover.note(event);
      if (!isCarried(event.stream)) continue;
      const course = courses.next(event);
      if (!copy.done) {
        checkSame(event, copy.value, course, pair);
        copy = await there.next();
        onProgress({ stage: 'compared', events: ++compared });
        continue;
      }
      if (isFinished) throw new CopyRefused(`${source.name} has gone on since it was copied to ${target.name}`);
      await writer.take(event, course, courses.isShown(event.stream));
      onProgress({ stage: 'copied', events: ++copied });
    }
    await writer.flush();
    await checkTail(copy, there, pair);
    return copied;
  } finally {
    await there.return(undefined);
  }
}

interface Proof {
  readonly events: number;
  readonly streams: number;
  readonly digest: string;
  readonly placeOf: (position: bigint) => bigint;
}

/** Reads both from their beginning to their end, side by side. */
async function prove(pair: Pair, positions: readonly bigint[]): Promise<Proof> {
  const { source, target, onProgress } = pair;
  const courses = new Courses();
  const there = carried(target);
  const digests = [createHash('sha256'), createHash('sha256')] as const;
  const places = new Places(positions);
  let events = 0;
  let streams = 0;
  try {
    for await (const event of carried(source)) {
      const copy = await there.next();
      if (copy.done) throw new CopyRefused(`${source.name} is being written to: stop its service, and copy again`);
      const course = courses.next(event);
      checkSame(event, copy.value, course, pair);
      digest(digests[0], event, course);
      digest(digests[1], copy.value, course);
      places.passed({ source: event.position, target: copy.value.position });
      events += 1;
      if (event.revision === 0) streams += 1;
      onProgress({ stage: 'proved', events });
    }
    await checkTail(await there.next(), there, pair);
  } finally {
    await there.return(undefined);
  }
  const [one, other] = digests.map((hash) => hash.digest('hex'));
  if (one === undefined || one !== other) throw new CopyRefused(`the digests differ: ${one}, ${other}`);
  return { events, streams, digest: one, placeOf: (position) => places.of(position) };
}

async function* carried(store: RawStore): AsyncGenerator<StoredEvent> {
  for await (const event of store.all()) if (isCarried(event.stream)) yield event;
}

function checkSame(event: StoredEvent, copy: StoredEvent, course: Course, { target, sourceId }: Pair): void {
  const what = difference(event, copy, course);
  if (what === undefined) return;
  if (isHandover(copy, sourceId)) {
    throw new CopyRefused(
      `${target.name} was handed over already, and the source has gone on; copy into an empty store`,
    );
  }
  throw new CopyRefused(
    `${target.name} holds something else: revision ${copy.revision} of ${copy.stream} at position ${copy.position}, ` +
      `where the source has revision ${event.revision} of ${event.stream}; the ${what} differs. Copy into an empty store`,
  );
}

/** Behind the copy lies nothing but what hands it over. */
async function checkTail(
  next: IteratorResult<StoredEvent>,
  there: AsyncGenerator<StoredEvent>,
  { target, sourceId }: Pair,
): Promise<void> {
  for (let one = next; !one.done; one = await there.next()) {
    if (isHandover(one.value, sourceId)) continue;
    const { stream, revision } = one.value;
    throw new CopyRefused(`${target.name} holds more than the source: revision ${revision} of ${stream}`);
  }
}

function digest(hash: Hash, event: StoredEvent, course: Course): void {
  const { stream, revision, type, id, contentType, metadata, data } = event;
  const own = course === 'append' ? [id, contentType, metadata.length, data.length] : [];
  hash.update(JSON.stringify([stream, revision, type, ...own]));
  if (course === 'append') hash.update(metadata).update(data);
}

/** Finds where positions of the source lie in the target, as both are passed. */
class Places {
  readonly #found = new Map<bigint, bigint>();
  #next = 0;
  #last: Place = { source: 0n, target: 0n };

  constructor(private readonly positions: readonly bigint[]) {}

  passed(place: Place): void {
    this.#foundBefore(place.source);
    this.#last = place;
  }

  of(position: bigint): bigint {
    return this.#found.get(position) ?? this.#last.target;
  }

  #foundBefore(source: bigint): void {
    for (let sought = this.positions[this.#next]; sought !== undefined && sought < source; ) {
      this.#found.set(sought, this.#last.target);
      this.#next += 1;
      sought = this.positions[this.#next];
    }
  }
}
