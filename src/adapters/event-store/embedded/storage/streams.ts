import type { EventFile } from './event-file.js';
import { RecentMap } from './recent-map.js';
import { TOMBSTONE_REVISION } from './schema.js';
import { METASTREAM_METADATA, parseMetadata, type StreamMetadata } from './stream-metadata.js';

/** A stream's present state, shared by all who ask: whoever writes an event moves `lastRevision` on. */
export interface StreamState {
  readonly name: string;
  /** Undefined as long as nothing was written to it. */
  id: number | undefined;
  /** -1 if it has no event. */
  lastRevision: number;
  metadata: StreamMetadata | undefined;
  /** Whether its events can be found by their ids; undefined until the first write needs to know. */
  knowsIds: boolean | undefined;
}

const STREAMS_KEPT = 32_768;
const NAMES_KEPT = 65_536;
const METASTREAM_PREFIX = '$$';

export function isMetastream(name: string): boolean {
  return name.startsWith(METASTREAM_PREFIX);
}

export function metastreamOf(name: string): string {
  return METASTREAM_PREFIX + name;
}

export function originalOf(metastream: string): string {
  return metastream.slice(METASTREAM_PREFIX.length);
}

/** What is known of streams and event types, read on demand and kept for those in use. */
export class Streams {
  readonly #states = new RecentMap<string, StreamState>(STREAMS_KEPT);
  readonly #streamNames = new RecentMap<number, string>(NAMES_KEPT);
  readonly #typeNames = new RecentMap<number, string>(NAMES_KEPT);
  readonly #types = new RecentMap<string, number>(NAMES_KEPT);

  constructor(private readonly file: EventFile) {}

  state(name: string): StreamState {
    const kept = this.#states.get(name);
    if (kept !== undefined) return kept;
    const id = this.file.findStream(name);
    const lastRevision = id === undefined ? -1 : this.file.lastRevision(id);
    const state: StreamState = {
      name,
      id,
      lastRevision,
      metadata: undefined,
      knowsIds: id === undefined ? false : undefined,
    };
    this.#states.set(name, state);
    return state;
  }

  metadata(state: StreamState): StreamMetadata {
    state.metadata ??= isMetastream(state.name) ? METASTREAM_METADATA : this.#readMetadata(state.name);
    return state.metadata;
  }

  /** A tombstone ends a stream together with its metadata stream. */
  isTombstoned(state: StreamState): boolean {
    if (state.lastRevision === TOMBSTONE_REVISION) return true;
    return isMetastream(state.name) && this.state(originalOf(state.name)).lastRevision === TOMBSTONE_REVISION;
  }

  /** The stream's number, given to it now if it has none. Within a transaction only. */
  identify(state: StreamState): number {
    if (state.id === undefined) {
      state.id = this.file.addStream(state.name);
      this.#streamNames.set(state.id, state.name);
    }
    return state.id;
  }

  /** The type's number, given to it now if it has none. Within a transaction only. */
  identifyType(name: string): number {
    const kept = this.#types.get(name);
    if (kept !== undefined) return kept;
    const id = this.file.findType(name) ?? this.file.addType(name);
    this.#types.set(name, id);
    return id;
  }

  streamName(id: number): string {
    return nameOf(this.#streamNames, id, () => this.file.streamName(id));
  }

  typeName(id: number): string {
    return nameOf(this.#typeNames, id, () => this.file.typeName(id));
  }

  /** Drops everything kept, which a transaction that failed may have made untrue. */
  forget(): void {
    this.#states.clear();
    this.#streamNames.clear();
    this.#typeNames.clear();
    this.#types.clear();
  }

  #readMetadata(name: string): StreamMetadata {
    const metastream = this.state(metastreamOf(name));
    const last = metastream.id === undefined ? undefined : this.file.eventAt(metastream.id, metastream.lastRevision);
    return parseMetadata(last);
  }
}

function nameOf(kept: RecentMap<number, string>, id: number, read: () => string): string {
  const known = kept.get(id);
  if (known !== undefined) return known;
  const name = read();
  kept.set(id, name);
  return name;
}
