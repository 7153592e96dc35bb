import { status } from '@grpc/grpc-js';
import { EventStoreUnavailable } from '../../../ports/event-store.js';

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
  const message = `${what}: ${cause}`;
  return classify(error) === 'unreachable'
    ? new EventStoreUnavailable(message, { cause: error })
    : new Error(message, { cause: error });
}

/** True when the store ended a subscription because its events were not taken fast enough. */
export function isTooSlow(error: unknown): boolean {
  return error instanceof EventStoreUnavailable && isCallError(error.cause) && error.cause.code === status.ABORTED;
}

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
