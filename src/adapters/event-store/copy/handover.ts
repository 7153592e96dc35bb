import { createHash, randomUUID } from 'node:crypto';
import { dashed } from '../protobuf/messages.js';
import { NamedPositions } from './named-positions.js';
import type { OrderedAppends } from './ordered-appends.js';
import {
  CHECKPOINT_STREAMS,
  DECISION_STREAMS,
  DELIVERY_STREAMS,
  IDENTITY_STREAM,
  jsonOf,
  type StoredEvent,
} from './stored-event.js';

/** Where what lies behind a position of the source begins in the target. */
export type PlaceOf = (position: bigint) => Promise<bigint>;

/**
 * A position means a place in one store only. Delivery streams and checkpoints say up to which one everything has
 * been dealt with, decisions on many postings up to which one they hold: each gets one event more in the target that
 * says the same in the target's own positions. Without it postings would go out a second time, or not at all, or be
 * decided on by somebody who never saw them.
 */
export class Handover {
  readonly #named = new NamedPositions();

  /** @param source identity of the store that is copied */
  constructor(private readonly source: string) {}

  note(event: StoredEvent): void {
    this.#named.note(event);
  }

  /** Streams of what has begun in the source and must end there. */
  get unfinished(): readonly string[] {
    return this.#named.replays;
  }

  /** The same each time, so that a copy that broke off says it once. */
  async write(appends: OrderedAppends, placeOf: PlaceOf): Promise<void> {
    for (const { stream, position, newest } of this.#named.deliveries) {
      const { parkedSince = null } = jsonOf(newest.data) ?? {};
      const data = { position: String(await placeOf(position)), parkedSince, refs: [], mapping: '' };
      const metadata = { schemaVersion: 2, recordedAt: jsonOf(newest.metadata)?.recordedAt };
      await appends.add([this.#event({ stream, revision: newest.revision + 1, type: 'Delivered', data, metadata })]);
    }
    for (const { stream, position } of this.#named.checkpoints) {
      const data = { position: String(await placeOf(position)) };
      await appends.add([this.#event({ stream, revision: 0, type: 'Checkpoint', data, metadata: {} })]);
    }
    for (const { stream, revision, standing } of this.#named.decisions) {
      const moved: StoredEvent[] = [];
      for (const [id, upTo] of standing) {
        const data = { id, upTo: String(await placeOf(upTo)) };
        const at = revision + 1 + moved.length;
        moved.push(this.#event({ stream, revision: at, type: 'DecisionMoved', data, metadata: { schemaVersion: 1 } }));
      }
      await appends.add(moved);
    }
    await appends.settle();
  }

  /** Makes the target a store of its own. Written last: who finds it finds everything. */
  async finish(appends: OrderedAppends): Promise<string> {
    const id = randomUUID();
    const data = { id, copiedFrom: this.source };
    await appends.add([
      this.#event({ stream: IDENTITY_STREAM, revision: 0, type: 'IdentityAssigned', data, metadata: {} }),
    ]);
    await appends.settle();
    return id;
  }

  #event({ stream, revision, type, data, metadata }: Said): StoredEvent {
    return {
      id: uuidOf(`${this.source} ${stream} ${revision}`),
      stream,
      revision,
      position: 0n,
      type,
      contentType: 'application/json',
      metadata: Buffer.from(JSON.stringify({ ...metadata, copiedFrom: this.source })),
      data: Buffer.from(JSON.stringify(data)),
    };
  }
}

interface Said {
  readonly stream: string;
  readonly revision: number;
  readonly type: string;
  readonly data: object;
  readonly metadata: object;
}

/** Whether the event is not a copy, but says in a copy of `source` what was said there of the source's positions. */
export function isHandover({ metadata, stream }: StoredEvent, source: string): boolean {
  const isNamed = [DELIVERY_STREAMS, CHECKPOINT_STREAMS, DECISION_STREAMS].some((prefix) => stream.startsWith(prefix));
  return isNamed && jsonOf(metadata)?.copiedFrom === source;
}

const uuidOf = (text: string): string => dashed(createHash('sha256').update(text).digest('hex').slice(0, 32));
