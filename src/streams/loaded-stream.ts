import { IdIndex } from '../domain/id-index.js';
import { type EventName, eventNameFor, nameOf } from '../domain/values/event-id.js';
import type { Instant } from '../domain/values/instant.js';
import { storedInstant } from '../domain/values/instant.js';
import type { EventStore, Position, RecordedEvent } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import type { Recorded, StreamKind } from './stream-kind.js';

/** Reading known events one by one pays off only when they lie far apart. */
const MAX_READ_SPAN = 2_000;

/** A stream as far as this process has seen it: the state, and which ids it holds. It may lag behind the store. */
export class LoadedStream<Command, Event, State> {
  revision = -1;
  position: Position = START;
  state: State;
  /** No event is recorded at an earlier time than the one before it, whatever the clocks say. */
  recordedAt: Instant = Number.NEGATIVE_INFINITY;
  readonly ids = new IdIndex();

  constructor(
    readonly stream: string,
    private readonly kind: StreamKind<Command, Event, State>,
    private readonly store: EventStore,
  ) {
    this.state = kind.decider.initial;
  }

  /** Takes in everything after the revision known so far; says whether there was anything. */
  async catchUp(): Promise<boolean> {
    const before = this.revision;
    for await (const stored of this.store.readStream(this.stream, { from: before + 1 })) this.take(stored);
    return this.revision > before;
  }

  take(stored: RecordedEvent): void {
    if (stored.revision !== this.revision + 1) {
      throw new Error(`${this.stream}: expected revision ${this.revision + 1}, read ${stored.revision}`);
    }
    this.state = this.kind.decider.evolve(this.state, this.kind.decode(stored));
    this.ids.add(stored.id, stored.revision);
    this.revision = stored.revision;
    this.position = stored.position;
    this.recordedAt = Math.max(this.recordedAt, storedInstant(String(stored.metadata.recordedAt)));
  }

  /** Takes in what was appended behind the revision known so far. */
  appended(ids: readonly string[], state: State, recordedAt: Instant, position: Position): void {
    for (const id of ids) {
      this.revision += 1;
      this.ids.add(id, this.revision);
    }
    this.state = state;
    this.recordedAt = recordedAt;
    this.position = position;
  }

  /** The whole history, for the rare decision that needs it. */
  async history(): Promise<Event[]> {
    const events: Event[] = [];
    for await (const stored of this.store.readStream(this.stream)) {
      if (stored.revision <= this.revision) events.push(this.kind.decode(stored));
    }
    return events;
  }

  /** False when the stream certainly holds none of these events. */
  mayHold(names: readonly EventName[]): boolean {
    return names.some((name) => this.ids.revisionOf(name) !== undefined);
  }

  /** The events with these keys that the stream holds, in the order of the keys. */
  async eventsUnder(...keys: readonly string[]): Promise<readonly (Recorded<Event> | undefined)[]> {
    const names = keys.map((key) => eventNameFor(this.stream, key));
    const found = await this.find(names);
    return names.map((name) => found.get(name));
  }

  /** The events with these names that the stream holds. The index gives the place, the event itself the certainty. */
  async find(names: Iterable<EventName>): Promise<ReadonlyMap<EventName, Recorded<Event>>> {
    const revisions = new Map<number, EventName>();
    for (const name of names) {
      const revision = this.ids.revisionOf(name);
      if (revision !== undefined) revisions.set(revision, name);
    }
    const found = new Map<EventName, Recorded<Event>>();
    for (const [from, maxCount] of spans([...revisions.keys()])) {
      for await (const stored of this.store.readStream(this.stream, { from, maxCount })) {
        const name = nameOf(stored.id);
        if (revisions.get(stored.revision) !== name) continue;
        found.set(name, { event: this.kind.decode(stored), revision: stored.revision, position: stored.position });
      }
    }
    return found;
  }
}

/** Few reads that cover all revisions: `[from, maxCount]` each. */
function spans(revisions: number[]): [number, number][] {
  const sorted = revisions.sort((a, b) => a - b);
  const reads: [number, number][] = [];
  for (const revision of sorted) {
    const last = reads.at(-1);
    const count = last === undefined ? 0 : revision - last[0] + 1;
    if (last === undefined || count > MAX_READ_SPAN) reads.push([revision, 1]);
    else last[1] = count;
  }
  return reads;
}
