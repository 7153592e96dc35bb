import { Metadata, status } from '@grpc/grpc-js';
import type { Expected } from '../storage/commit-check.js';
import { MAX_APPEND_BYTES } from './limits.js';

/** Ends a call with a gRPC status; the client picks its error class by the `exception` trailer. */
export class CallError extends Error {
  override readonly name = 'CallError';
  readonly details: string;

  constructor(
    readonly code: status,
    details: string,
    readonly metadata = new Metadata(),
  ) {
    super(details);
    this.details = details;
  }
}

export function accessDenied(): CallError {
  return withException(status.PERMISSION_DENIED, 'Access Denied', 'access-denied');
}

/** The user or the password is not known. */
export function unauthenticated(): CallError {
  return new CallError(status.UNAUTHENTICATED, 'Unauthenticated');
}

export function streamDeleted(stream: string): CallError {
  const details = `Event stream '${stream}' is deleted.`;
  return withException(status.FAILED_PRECONDITION, details, 'stream-deleted', { 'stream-name': stream });
}

/** Of a delete or a tombstone: an append hears it in its answer. */
export function wrongExpectedVersion(stream: string, expected: Expected, lastRevision: number): CallError {
  const expectedNumber = expectedAsNumber(expected);
  const details =
    `Delete failed due to WrongExpectedVersion. Stream: ${stream}, ` +
    `Expected version: ${expectedNumber}, Actual version: ${lastRevision}`;
  return withException(status.FAILED_PRECONDITION, details, 'wrong-expected-version', {
    'stream-name': stream,
    'expected-version': String(expectedNumber),
    'actual-version': String(lastRevision),
  });
}

export function appendTooLarge(): CallError {
  const details = `Maximum Append Size of ${MAX_APPEND_BYTES} Exceeded.`;
  return withException(status.INVALID_ARGUMENT, details, 'maximum-append-size-exceeded', {
    'maximum-append-size': String(MAX_APPEND_BYTES),
  });
}

export function missingProperty(property: string): CallError {
  const details = `Required Metadata Property '${property}' is missing`;
  return withException(status.INVALID_ARGUMENT, details, 'missing-required-metadata-property', {
    'required-metadata-properties': 'type,content-type',
  });
}

export function invalidArgument(details: string): CallError {
  return new CallError(status.INVALID_ARGUMENT, details);
}

/** What the real server answers to a request it did not foresee. */
export function badRequest(details: string): CallError {
  return new CallError(status.UNKNOWN, details);
}

/** What was written is no longer there as it was. */
export function damaged({ message }: Error): CallError {
  return new CallError(status.DATA_LOSS, `The event store is damaged: ${message}`);
}

export function writeFailed(): CallError {
  return new CallError(status.RESOURCE_EXHAUSTED, 'The event store could not write; the outcome is unknown');
}

export function deadlineExceeded(): CallError {
  return new CallError(status.DEADLINE_EXCEEDED, 'The deadline passed before the append');
}

export function shuttingDown(): CallError {
  return new CallError(status.UNAVAILABLE, 'The event store is shutting down');
}

function withException(
  code: status,
  details: string,
  exception: string,
  trailers: Readonly<Record<string, string>> = {},
): CallError {
  const metadata = new Metadata();
  metadata.set('exception', exception);
  for (const [key, value] of Object.entries(trailers)) metadata.set(key, printable(value));
  return new CallError(code, details, metadata);
}

/** A trailer carries printable ASCII only, and no blank at either end: any other name goes percent-encoded. */
function printable(value: string): string {
  return /^[\x20-\x7e]*$/.test(value) && value.trim() === value ? value : encodeURIComponent(value);
}

function expectedAsNumber(expected: Expected): number | bigint {
  if (expected === 'any') return -2;
  return expected === 'stream_exists' ? -4 : expected;
}
