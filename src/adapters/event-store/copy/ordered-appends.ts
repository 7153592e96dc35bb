import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EncodedAppend } from '../eventstoredb/append-codec.js';
import { classify } from '../eventstoredb/failure.js';
import { writeProperty, writeStreamName } from '../protobuf/messages.js';
import { MessageWriter } from '../protobuf/writer.js';
import { type AppendResult, type RawStore, StoreFailed } from './raw-store.js';
import type { StoredEvent } from './stored-event.js';

const MOST_IN_FLIGHT = 256;
const MOST_BYTES_IN_FLIGHT = 8_388_608;
/** One of so many bytes goes alone: a server that takes less than ours refuses it before anything stands behind it. */
export const ALONE_FROM_BYTES = 65_536;
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
/** Tags, lengths, numbers and property names of an append, and the same of each of its events. */
const FIXED_BYTES = 256;

interface Sent {
  readonly append: EncodedAppend;
  readonly events: readonly StoredEvent[];
  readonly what: string;
  readonly result: Promise<AppendResult>;
}

/**
 * Many appends in flight whose order is kept over all streams: a server takes those of one call in the order they come,
 * and what a lost connection or a crash takes is their end. From the first on whose outcome is not known, each is
 * settled by itself: what the target shows of it is left out, and the server knows the rest by ids and revisions,
 * should it have come after all.
 */
export class OrderedAppends {
  #sent: Sent[] = [];
  #bytes = 0;

  constructor(private readonly store: RawStore) {}

  /** Events of one stream with revisions in a row. Waits while much is in flight. @throws StoreFailed */
  async add(events: readonly StoredEvent[]): Promise<void> {
    const [first] = events;
    if (first === undefined) return;
    const append = encode(first.stream, first.revision, events);
    while (this.#sent.length >= MOST_IN_FLIGHT || this.#bytes >= MOST_BYTES_IN_FLIGHT) await this.#settleOldest();
    if (this.#sent.length === 0) await this.store.open().catch(() => undefined);
    const what = `${first.stream} from revision ${first.revision} on`;
    const isAlone = append.bytes.length >= ALONE_FROM_BYTES;
    if (isAlone) await this.settle();
    this.#bytes += append.bytes.length;
    this.#sent.push({ append, events, what, result: this.store.append(append) });
    if (isAlone) await this.settle();
  }

  /** Resolves when all are written. @throws StoreFailed */
  async settle(): Promise<void> {
    while (this.#sent.length > 0) await this.#settleOldest();
  }

  async #settleOldest(): Promise<void> {
    const [oldest] = this.#sent;
    if (oldest === undefined) return;
    const result = await oldest.result;
    if (result.status === 'unknown' || result.status === 'conflict') return this.#sendAgain();
    if (result.status === 'failed') throw this.#refused(oldest, result.cause);
    this.#sent.shift();
    this.#bytes -= oldest.append.bytes.length;
  }

  async #sendAgain(): Promise<void> {
    await Promise.all(this.#sent.map(({ result }) => result));
    for (const sent of this.#sent) await this.#insist(sent);
    this.#sent = [];
    this.#bytes = 0;
  }

  async #insist(sent: Sent): Promise<void> {
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    while (true) {
      const result = await this.#attempt(sent);
      if (result.status === 'appended') return;
      if (result.status === 'failed' || result.status === 'conflict') throw this.#refused(sent, result.cause);
      if (performance.now() > giveUpAtMs) {
        throw new StoreFailed(`${this.store.name} does not take ${sent.what}: ${result.cause}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  async #attempt(sent: Sent): Promise<AppendResult> {
    try {
      await this.store.open();
      const missing = await this.#missingOf(sent);
      const [first] = missing;
      if (first === undefined) return { status: 'appended' };
      return await this.store.append(encode(first.stream, first.revision, missing));
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      return { status: classify(error) === 'refused' ? 'failed' : 'unknown', cause };
    }
  }

  /** What of it is not there yet. What the stream hides counts as missing: the server knows it by its id. */
  async #missingOf({ events }: Sent): Promise<readonly StoredEvent[]> {
    const [first] = events;
    if (first === undefined) return [];
    const ids = await this.store.idsFrom(first.stream, first.revision, events.length);
    const isPrefix = ids.every((id, index) => id === events[index]?.id);
    return isPrefix ? events.slice(ids.length) : events;
  }

  #refused({ what }: Sent, cause: string): StoreFailed {
    return new StoreFailed(`${this.store.name} refused ${what}: ${cause}`);
  }
}

/** `BatchAppendReq`, its correlation id first. */
function encode(stream: string, revision: number, events: readonly StoredEvent[]): EncodedAppend {
  const capacity = events.reduce(
    (sum, { type, metadata, data }) => sum + FIXED_BYTES + 3 * type.length + metadata.length + data.length,
    FIXED_BYTES + 3 * stream.length,
  );
  const writer = new MessageWriter(capacity);
  writer.unsigned(4, 1);
  for (const event of events.toReversed()) {
    const end = writer.mark();
    writer.bytes(4, event.data);
    writer.bytes(3, event.metadata);
    writeProperty(writer, 2, 'content-type', event.contentType);
    writeProperty(writer, 2, 'type', event.type);
    writeUuid(writer, event.id);
    writer.close(3, end);
  }
  const end = writer.mark();
  if (revision === 0) writer.empty(3);
  else writer.unsigned(2, revision - 1);
  writeStreamName(writer, 1, stream);
  writer.close(2, end);
  const correlationId = randomUUID();
  writeUuid(writer, correlationId);
  return { correlationId, bytes: writer.finish() };
}

function writeUuid(writer: MessageWriter, uuid: string): void {
  const end = writer.mark();
  writer.ascii(2, uuid);
  writer.close(1, end);
}
