import { randomUUID } from 'node:crypto';
import type { Column } from './column.js';
import { checkCommit, type Expected, NO_STREAM, type StreamView } from './commit-check.js';
import type { EventFile } from './event-file.js';
import type { EventRow } from './event-rows.js';
import type { RecentEvents } from './recent-events.js';
import { TOMBSTONE_REVISION } from './schema.js';
import { firstReadable, SOFT_DELETE_DATA, type StreamMetadata, withTruncateBefore } from './stream-metadata.js';
import { isMetastream, metastreamOf, originalOf, type StreamState, type Streams } from './streams.js';

export interface ProposedEvent {
  /** 32 lower-case hexadecimal digits. */
  readonly id: string;
  readonly type: string;
  readonly json: boolean;
  readonly metadata: Column;
  readonly data: Column;
}

export interface Write {
  /** `delete` hides the stream until the next append, `tombstone` ends it for ever. */
  readonly kind: 'append' | 'delete' | 'tombstone';
  readonly stream: string;
  readonly expected: Expected;
  readonly events: readonly ProposedEvent[];
}

export type WriteResult =
  /** `revision` is -1 if the stream has no event; no `position` if the event meant is no longer readable. */
  | { readonly status: 'written'; readonly revision: number; readonly position: number | undefined }
  | { readonly status: 'wrong-expected-version'; readonly lastRevision: number }
  | { readonly status: 'stream-deleted' };

/**
 * Decides writes one after the other against the state the earlier ones leave, and inserts those that pass. The caller
 * begins and commits, and then says which it was: {@link committed} or {@link discard}.
 */
export class Transaction {
  #lastPosition: number;
  #lastCommitted: number;
  /** Position of the last event, which an append without events leaves behind. */
  #lastEvent: number;
  #lastEventCommitted: number;
  readonly #touched = new Set<string>();
  #inserted: EventRow[] = [];

  constructor(
    private readonly file: EventFile,
    private readonly streams: Streams,
    private readonly recent: RecentEvents,
  ) {
    this.#lastCommitted = file.lastPosition();
    this.#lastPosition = this.#lastCommitted;
    this.#lastEvent = this.#lastCommitted;
    this.#lastEventCommitted = this.#lastCommitted;
    recent.clear(this.#lastCommitted);
  }

  /** The last position given out and committed. */
  get lastCommitted(): number {
    return this.#lastCommitted;
  }

  /** Position of the last event committed. */
  get lastEvent(): number {
    return this.#lastEventCommitted;
  }

  /** Gives the names of the streams written to. */
  committed(): string[] {
    this.#lastCommitted = this.#lastPosition;
    this.#lastEventCommitted = this.#lastEvent;
    this.recent.add(this.#inserted);
    this.#inserted = [];
    const names = [...this.#touched];
    this.#touched.clear();
    return names;
  }

  /** Forgets what was not committed. */
  discard(): void {
    this.#inserted = [];
    this.#touched.clear();
    this.streams.forget();
    this.#lastPosition = this.#lastCommitted;
    this.#lastEvent = this.#lastEventCommitted;
  }

  /** Goes by what the file holds, which may be more than is known to be committed. */
  reload(): void {
    this.#lastEventCommitted = this.file.lastPosition();
    this.#lastCommitted = Math.max(this.#lastCommitted, this.#lastEventCommitted);
    this.recent.clear(this.#lastCommitted);
    this.discard();
  }

  apply(write: Write): WriteResult {
    const state = this.streams.state(write.stream);
    const metadata = this.streams.metadata(state);
    const ids = write.kind === 'append' ? write.events.map((event) => event.id) : [newId()];
    const decision = checkCommit(write.expected, ids, this.#view(state, metadata));
    switch (decision.decision) {
      case 'stream-deleted':
        return { status: 'stream-deleted' };
      case 'wrong-expected-version':
        return { status: 'wrong-expected-version', lastRevision: state.lastRevision };
      case 'idempotent':
        return { status: 'written', ...this.#recorded(state, metadata, decision.revision) };
      case 'append':
        return this.#write(write, state, metadata);
    }
  }

  #view(state: StreamState, metadata: StreamMetadata): StreamView {
    const { id, lastRevision } = state;
    return {
      lastRevision,
      tombstoned: this.streams.isTombstoned(state),
      softDeleted: metadata.softDeleted,
      hasMetadata: metadata.exists || (isMetastream(state.name) && this.#hasEvents(metastreamOf(state.name))),
      firstRevisionOf: (event) => this.#firstRevisionOf(state, event),
      idAt: (revision) => (id === undefined ? undefined : this.file.eventAt(id, revision)?.id),
    };
  }

  /** Ids are kept findable from the first append on that names no revision: most streams never have one. */
  #firstRevisionOf(state: StreamState, event: string): number | undefined {
    if (!this.#knowsIds(state)) {
      if (state.id !== undefined) this.file.addIds(state.id);
      state.knowsIds = true;
    }
    return state.id === undefined ? undefined : this.file.firstRevisionOf(state.id, event);
  }

  #knowsIds(state: StreamState): boolean {
    state.knowsIds ??= state.id !== undefined && this.file.knowsIds(state.id);
    return state.knowsIds;
  }

  #write(write: Write, state: StreamState, metadata: StreamMetadata): WriteResult {
    switch (write.kind) {
      case 'append':
        return this.#append(write.events, state, metadata);
      case 'delete':
        return this.#softDelete(state, metadata);
      case 'tombstone':
        return this.#tombstone(state);
    }
  }

  #append(events: readonly ProposedEvent[], state: StreamState, metadata: StreamMetadata): WriteResult {
    const formerLast = state.lastRevision;
    const original = isMetastream(state.name) ? this.streams.state(originalOf(state.name)) : undefined;
    const undeletes = original !== undefined && this.streams.metadata(original).softDeleted;
    for (const event of events) this.#insert(state, state.lastRevision + 1, event);
    // An append without events gets a position of its own too, as if it had been one.
    if (events.length === 0) this.#lastPosition++;
    const result: WriteResult = { status: 'written', revision: state.lastRevision, position: this.#lastPosition };
    if (metadata.softDeleted) this.#undelete(state, formerLast + 1, metadata);
    if (undeletes) this.#undelete(original, original.lastRevision + 1, this.streams.metadata(original));
    return result;
  }

  /** Shows a soft-deleted stream again, from the given revision on. */
  #undelete(state: StreamState, from: number, metadata: StreamMetadata): void {
    const data = withTruncateBefore(metadata.raw, from);
    if (data !== undefined) this.#insertMetadata(state, data);
  }

  #softDelete(state: StreamState, metadata: StreamMetadata): WriteResult {
    if (state.lastRevision === NO_STREAM && !metadata.exists) {
      return { status: 'wrong-expected-version', lastRevision: NO_STREAM };
    }
    this.#insertMetadata(state, SOFT_DELETE_DATA);
    return { status: 'written', revision: state.lastRevision, position: this.#lastPosition };
  }

  #tombstone(state: StreamState): WriteResult {
    const event = { id: newId(), type: '$streamDeleted', json: false, metadata: '', data: '' };
    this.#insert(state, TOMBSTONE_REVISION, event);
    // Whoever waits for its metadata waits in vain from now on.
    this.#touched.add(metastreamOf(state.name));
    return { status: 'written', revision: TOMBSTONE_REVISION, position: this.#lastPosition };
  }

  #insertMetadata(state: StreamState, data: string): void {
    const metastream = this.streams.state(metastreamOf(state.name));
    const event = { id: newId(), type: '$metadata', json: true, metadata: '', data };
    this.#insert(metastream, metastream.lastRevision + 1, event);
  }

  #insert(state: StreamState, revision: number, event: ProposedEvent): void {
    this.#lastPosition++;
    const row: EventRow = {
      position: this.#lastPosition,
      skipped: this.#lastPosition - this.#lastEvent - 1,
      stream: this.streams.identify(state),
      revision,
      id: event.id,
      type: this.streams.identifyType(event.type),
      json: event.json,
      created: Date.now(),
      metadata: event.metadata,
      data: event.data,
    };
    this.file.insert(row);
    if (this.#knowsIds(state)) this.file.addId(row);
    this.#lastEvent = row.position;
    this.#inserted.push(row);
    state.lastRevision = revision;
    this.#touched.add(state.name);
    if (isMetastream(state.name)) this.streams.state(originalOf(state.name)).metadata = undefined;
  }

  #recorded(state: StreamState, metadata: StreamMetadata, revision: number) {
    const readable = !metadata.softDeleted && revision >= firstReadable(metadata, state.lastRevision);
    const event = readable && state.id !== undefined ? this.file.eventAt(state.id, revision) : undefined;
    return { revision, position: event?.position };
  }

  #hasEvents(name: string): boolean {
    return this.streams.state(name).lastRevision !== NO_STREAM;
  }
}

function newId(): string {
  return randomUUID().replaceAll('-', '');
}
