import { createHash, randomUUID } from 'node:crypto';
import { dashed } from '../protobuf/messages.js';
import type { OrderedAppends } from './ordered-appends.js';
import { CHECKPOINT_STREAMS, DELIVERY_STREAMS, IDENTITY_STREAM, jsonOf, type StoredEvent } from './stored-event.js';

/** Where an event lies in the one store, and its copy in the other. */
export interface Place {
  readonly source: bigint;
  readonly target: bigint;
}

/**
 * A position means a place in one store only. Delivery streams and checkpoints say up to which one everything has
 * been dealt with: each gets one event more in the target that says the same in the target's own positions. Without it
 * postings would go out a second time, or not at all.
 */
export class Handover {
  /** The last event of each stream that names a position. */
  readonly #newest = new Map<string, StoredEvent>();

  note(event: StoredEvent): void {
    const { stream } = event;
    if (stream.startsWith(DELIVERY_STREAMS) || stream.startsWith(CHECKPOINT_STREAMS)) this.#newest.set(stream, event);
  }

  /** The positions that are to be found in the target, least first. */
  positions(): bigint[] {
    return [...new Set([...this.#newest.values()].map(positionIn))].sort((one, other) => (one < other ? -1 : 1));
  }

  /** @param placeOf the target's position behind which lies what lies behind the source's */
  async write(appends: OrderedAppends, source: string, placeOf: (position: bigint) => bigint): Promise<void> {
    for (const [stream, newest] of this.#newest) {
      const position = placeOf(positionIn(newest)).toString();
      const isCheckpoint = stream.startsWith(CHECKPOINT_STREAMS);
      const { parkedSince = null } = jsonOf(newest.data) ?? {};
      const data = isCheckpoint ? { position } : { position, parkedSince, refs: [], mapping: '' };
      const recordedAt = jsonOf(newest.metadata)?.recordedAt;
      const metadata = isCheckpoint ? {} : { schemaVersion: 2, recordedAt };
      const type = isCheckpoint ? 'Checkpoint' : 'Delivered';
      const revision = isCheckpoint ? 0 : newest.revision + 1;
      await appends.add([newEvent({ stream, revision, type, source, data, metadata })]);
    }
    await appends.settle();
  }

  /** Makes the target a store of its own. Written last: who finds it finds everything. */
  async finish(appends: OrderedAppends, source: string): Promise<string> {
    const id = randomUUID();
    const data = { id, copiedFrom: source };
    const event = { stream: IDENTITY_STREAM, revision: 0, type: 'IdentityAssigned', source, data, metadata: {} };
    await appends.add([newEvent(event)]);
    await appends.settle();
    return id;
  }
}

/** Whether the event is not a copy, but says in a copy of `source` how far everything has been dealt with. */
export function isHandover({ type, metadata, stream }: StoredEvent, source: string): boolean {
  return type === 'Delivered' && stream.startsWith(DELIVERY_STREAMS) && jsonOf(metadata)?.copiedFrom === source;
}

function positionIn({ data }: StoredEvent): bigint {
  const position = jsonOf(data)?.position;
  return typeof position === 'string' && /^\d+$/.test(position) ? BigInt(position) : 0n;
}

interface Said {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly source: string;
  readonly data: object;
  readonly metadata: object;
}

/** The same each time it is said, so that a copy that broke off says it once. */
function newEvent({ stream, revision, type, source, data, metadata }: Said): StoredEvent {
  return {
    id: uuidOf(`${source} ${stream} ${revision}`),
    stream,
    revision,
    position: 0n,
    type,
    contentType: 'application/json',
    metadata: Buffer.from(JSON.stringify({ ...metadata, copiedFrom: source })),
    data: Buffer.from(JSON.stringify(data)),
  };
}

const uuidOf = (text: string): string => dashed(createHash('sha256').update(text).digest('hex').slice(0, 32));
