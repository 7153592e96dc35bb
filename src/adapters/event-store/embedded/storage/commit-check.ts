/**
 * What a client expects the stream's last revision to be; -1 for `no_stream`. A bigint is beyond 2^53, where no stream
 * gets, and is kept to be told to the client as it was.
 */
export type Expected = 'any' | 'stream_exists' | number | bigint;

export const NO_STREAM = -1;

/** A stream as the appends before this one leave it, committed or not. */
export interface StreamView {
  /** -1 if it has no event. */
  readonly lastRevision: number;
  readonly tombstoned: boolean;
  readonly softDeleted: boolean;
  /** Whether `$$stream` holds any event. */
  readonly hasMetadata: boolean;
  /** Revision of the first event with this id. */
  firstRevisionOf(id: string): number | undefined;
  idAt(revision: number): string | undefined;
}

export type CommitDecision =
  | { readonly decision: 'append' }
  /** Written before; `revision` is that of its last event. */
  | { readonly decision: 'idempotent'; readonly revision: number }
  | { readonly decision: 'wrong-expected-version' }
  | { readonly decision: 'stream-deleted' };

const APPEND: CommitDecision = { decision: 'append' };
const WRONG_EXPECTED_VERSION: CommitDecision = { decision: 'wrong-expected-version' };
const STREAM_DELETED: CommitDecision = { decision: 'stream-deleted' };

/** Whether events with these ids may be appended. Only ids are compared, never data. */
export function checkCommit(expected: Expected, ids: readonly string[], stream: StreamView): CommitDecision {
  if (stream.tombstoned) return STREAM_DELETED;
  if (typeof expected === 'bigint') return WRONG_EXPECTED_VERSION;
  if (typeof expected === 'number') return checkRevision(expected, ids, stream);
  if (expected === 'stream_exists') {
    if (stream.softDeleted) return STREAM_DELETED;
    if (stream.lastRevision === NO_STREAM && !stream.hasMetadata) return WRONG_EXPECTED_VERSION;
  }
  return checkKnownIds(ids, stream);
}

/** Without an expected revision a retry shows by its ids, wherever in the stream they are. */
function checkKnownIds(ids: readonly string[], stream: StreamView): CommitDecision {
  let revision: number | undefined;
  for (const [index, id] of ids.entries()) {
    const known = stream.firstRevisionOf(id);
    if (known === undefined) return index === 0 ? APPEND : WRONG_EXPECTED_VERSION;
    revision = known;
  }
  return revision === undefined ? APPEND : { decision: 'idempotent', revision };
}

/** With an expected revision a retry shows by the ids right after it. */
function checkRevision(expected: number, ids: readonly string[], stream: StreamView): CommitDecision {
  if (expected === stream.lastRevision) return APPEND;
  if (expected > stream.lastRevision || ids.length === 0) return WRONG_EXPECTED_VERSION;
  const different = ids.findIndex((id, index) => stream.idAt(expected + 1 + index) !== id);
  if (different === -1) return { decision: 'idempotent', revision: expected + ids.length };
  return different === 0 && expected === NO_STREAM && stream.softDeleted ? APPEND : WRONG_EXPECTED_VERSION;
}
