import { status } from '@grpc/grpc-js';
import { EventStoreRefused, EventStoreUnavailable } from '../../../ports/event-store.js';

/**
 * What a failed call says about the store. `unreachable`: it may be fine a moment later, and an append may have been
 * written. `refused`: it answered, and would answer the same again.
 */
export type Failure = 'unreachable' | 'refused';

export function classify(error: unknown): Failure {
  // No code: the client found no node to talk to.
  if (!isCallError(error)) return 'unreachable';
  switch (error.code) {
    case status.INVALID_ARGUMENT:
    case status.PERMISSION_DENIED:
    case status.UNAUTHENTICATED:
    case status.UNIMPLEMENTED:
    case status.FAILED_PRECONDITION:
    case status.OUT_OF_RANGE:
    case status.DATA_LOSS:
      return 'refused';
    case status.NOT_FOUND:
      // The client dials the leader that the answer names.
      return isNotLeader(error) ? 'unreachable' : 'refused';
    default:
      return 'unreachable';
  }
}

export function asThrown(what: string, error: unknown): Error {
  const cause = error instanceof Error ? error.message : String(error);
  if (classify(error) === 'unreachable') return new EventStoreUnavailable(`${what}: ${cause}`, { cause: error });
  return asRefusal(what, isCallError(error) ? error.code : undefined, cause);
}

/** True when the store ended a subscription because its events were not taken fast enough. */
export function isTooSlow(error: unknown): boolean {
  return error instanceof EventStoreUnavailable && isCallError(error.cause) && error.cause.code === status.ABORTED;
}

/** @param code gRPC status, if that is how the store said it */
export function asRefusal(what: string, code: status | undefined, cause: string): Error {
  const remedy = code === undefined ? undefined : REMEDIES[code];
  return remedy === undefined ? new Error(`${what}: ${cause}`) : new EventStoreRefused(`${what}: ${remedy} (${cause})`);
}

/** What a person can do about it. */
const REMEDIES: Partial<Record<status, string>> = {
  [status.UNAUTHENTICATED]:
    'the event store does not know this user with this password; correct them in the connection string, esdb://user:password@host',
  [status.PERMISSION_DENIED]:
    'the event store does not give this user the right; name one in $admins in the connection string, or the user in the access lists',
};

function isNotLeader(error: unknown): boolean {
  if (!isCallError(error)) return false;
  return error.metadata?.getMap().exception?.toString() === 'not-leader';
}

interface CallError extends Error {
  readonly code: number;
  readonly metadata?: { getMap(): Record<string, unknown> };
}

function isCallError(error: unknown): error is CallError {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
