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
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;
/** Tags, lengths, numbers and property names of an append, and the same of each of its events. */
const FIXED_BYTES = 256;

interface Sent {
  readonly append: EncodedAppend;
  readonly what: string;
  readonly result: Promise<AppendResult>;
}

/**
 * Many appends in flight whose order is kept over all streams: a server takes those of one call in the order they come.
 * From the first on whose outcome is unknown, all are sent again one by one; the server knows those it has, by their
 * ids and revisions.
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
    this.#bytes += append.bytes.length;
    const what = `${first.stream} from revision ${first.revision} on`;
    this.#sent.push({ append, what, result: this.store.append(append) });
  }

  /** Resolves when all are written. @throws StoreFailed */
  async settle(): Promise<void> {
    while (this.#sent.length > 0) await this.#settleOldest();
  }

  async #settleOldest(): Promise<void> {
    const [oldest] = this.#sent;
    if (oldest === undefined) return;
    const result = await oldest.result;
    if (result.status === 'unknown') return this.#sendAgain();
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
      if (result.status === 'failed') throw this.#refused(sent, result.cause);
      if (performance.now() > giveUpAtMs) {
        throw new StoreFailed(`${this.store.name} does not take ${sent.what}: ${result.cause}`);
      }
      await sleep(PAUSE_MS);
    }
  }

  async #attempt({ append }: Sent): Promise<AppendResult> {
    try {
      await this.store.open();
    } catch (error) {
      const cause = error instanceof Error ? error.message : String(error);
      return { status: classify(error) === 'refused' ? 'failed' : 'unknown', cause };
    }
    return this.store.append(append);
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
