import { randomUUID } from 'node:crypto';
import {
  type AppendOutcome,
  EventStore,
  type ExpectedRevision,
  type NewEvent,
  type Position,
  type ReadAllOptions,
  type ReadStreamOptions,
  type RecordedEvent,
  START,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../../ports/event-store.js';
import { checkAppendLimits } from '../append-limits.js';
import { leavable } from '../leavable.js';
import { checkAppend } from './commit-check.js';
import { Wakeup } from './wakeup.js';

const GAP = 128n;

/** As text, as any store keeps it: no object of a caller reaches into the store, and none of the store's gets out. */
interface StoredEvent extends Omit<RecordedEvent, 'data' | 'metadata'> {
  readonly data: string;
  readonly metadata: string;
}

interface Stream {
  readonly events: StoredEvent[];
  /** First readable revision is bounded by the newest so many. */
  keep: number;
}

/** The port without a server: same decisions, same order, gone when the process ends. For tests and trials. */
export class MemoryEventStore extends EventStore {
  private readonly streams = new Map<string, Stream>();
  /** In order of position. */
  private readonly all: StoredEvent[] = [];
  private readonly storeId = randomUUID();
  private readonly appended = new Wakeup();

  override async identity(): Promise<string> {
    return this.storeId;
  }

  override async append(
    stream: string,
    expected: ExpectedRevision,
    events: readonly NewEvent[],
  ): Promise<AppendOutcome> {
    const encoded = events.map(encode);
    const bytes = encoded.reduce((sum, { data }) => sum + Buffer.byteLength(data), 0);
    checkAppendLimits(expected, events.length, bytes);
    const stored = this.streams.get(stream)?.events ?? [];
    const decision = checkAppend(stored, expected, events);
    switch (decision.kind) {
      case 'conflict':
        return { status: 'conflict', revision: stored.length - 1 };
      case 'already':
        return { status: 'appended', revision: decision.last.revision, position: decision.last.position };
      case 'write': {
        const last = this.write(stream, encoded);
        return { status: 'appended', revision: last.revision, position: last.position };
      }
    }
  }

  override async *readStream(stream: string, options: ReadStreamOptions = {}): AsyncIterable<RecordedEvent> {
    const found = this.streams.get(stream);
    if (found === undefined) return;
    const { direction = 'forwards', maxCount = Number.POSITIVE_INFINITY } = options;
    const last = found.events.length - 1;
    const first = Math.max(0, last + 1 - found.keep);
    const step = direction === 'forwards' ? 1 : -1;
    const from = direction === 'forwards' ? Math.max(options.from ?? 0, first) : Math.min(options.from ?? last, last);
    for (let revision = from, count = 0; count < maxCount; revision += step, count += 1) {
      const event = revision < first ? undefined : found.events[revision];
      if (event === undefined) return;
      yield decode(event);
    }
  }

  override async *readAll(options: ReadAllOptions = {}): AsyncIterable<RecordedEvent> {
    const { from, after = START, streamPrefixes = [], maxCount = Number.POSITIVE_INFINITY } = options;
    const end = this.all.length;
    let count = 0;
    for (
      let index = from === undefined ? numberAt(after) : numberAt(from) - 1;
      index < end && count < maxCount;
      index += 1
    ) {
      const event = this.all[index];
      if (event === undefined || !matches(event, streamPrefixes)) continue;
      yield decode(event);
      count += 1;
    }
  }

  override async head(streamPrefixes: readonly string[]): Promise<Position> {
    return this.all.findLast((event) => matches(event, streamPrefixes))?.position ?? START;
  }

  override async end(): Promise<Position> {
    return this.all.at(-1)?.position ?? START;
  }

  override subscribe(options: SubscribeOptions): AsyncIterable<SubscriptionBatch> {
    return leavable(options.signal, (signal) => this.follow({ ...options, signal }));
  }

  private async *follow(options: SubscribeOptions): AsyncGenerator<SubscriptionBatch> {
    const { after, streamPrefixes, signal, maxBatch = 1_000 } = options;
    let next = numberAt(after);
    let live = false;
    while (!signal.aborted) {
      const events: RecordedEvent[] = [];
      const from = next;
      for (; next < this.all.length && events.length < maxBatch; next += 1) {
        const event = this.all[next];
        if (event !== undefined && matches(event, streamPrefixes)) events.push(decode(event));
      }
      const caughtUp = next >= this.all.length;
      if (next > from || live !== caughtUp) {
        live ||= caughtUp;
        yield { events, position: positionOf(next), live };
      } else await this.appended.wait(signal);
    }
  }

  override async keepNewest(stream: string, count: number): Promise<void> {
    const found = this.streams.get(stream);
    if (found === undefined) this.streams.set(stream, { events: [], keep: count });
    else found.keep = count;
  }

  override async close(): Promise<void> {}

  private write(name: string, events: readonly Encoded[]): StoredEvent {
    const stream = this.streams.get(name) ?? { events: [], keep: Number.POSITIVE_INFINITY };
    this.streams.set(name, stream);
    let last: StoredEvent | undefined;
    for (const { id, type, data, metadata } of events) {
      const [revision, position] = [stream.events.length, positionOf(this.all.length + 1)];
      last = { id, type, data, metadata, stream: name, revision, position };
      stream.events.push(last);
      this.all.push(last);
    }
    if (last === undefined) throw new RangeError('An append needs at least one event.');
    this.appended.wake();
    return last;
  }
}

/** Of the event with this number, from 1 on. As in a cluster there are gaps: nobody can tell one from another. */
const positionOf = (number: number): Position => GAP * BigInt(number);

/** @throws RangeError at a place that has never been given: a cluster does not read from there either */
function numberAt(position: Position): number {
  if (position % GAP !== 0n) throw new RangeError(`There is no event at ${position}.`);
  return Number(position / GAP);
}

type Encoded = Pick<StoredEvent, 'id' | 'type' | 'data' | 'metadata'>;

function encode({ id, type, data, metadata }: NewEvent): Encoded {
  return { id, type, data: JSON.stringify(data), metadata: JSON.stringify(metadata) };
}

function decode({ id, type, data, metadata, stream, revision, position }: StoredEvent): RecordedEvent {
  return { id, type, data: JSON.parse(data), metadata: JSON.parse(metadata), stream, revision, position };
}

function matches(event: StoredEvent, prefixes: readonly string[]): boolean {
  if (prefixes.length === 0) return !event.stream.startsWith('$');
  return prefixes.some((prefix) => event.stream.startsWith(prefix));
}
