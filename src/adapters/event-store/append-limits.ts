import { type ExpectedRevision, MAX_APPEND_BYTES } from '../../ports/event-store.js';

/** EventStoreDB ends a call, with everybody's appends in it, on a message of more bytes: 16 MiB less 10,000. */
export const MAX_MESSAGE_BYTES = 16_767_216;

/**
 * What no store is asked to append.
 * @throws RangeError
 */
export function checkAppendLimits(expected: ExpectedRevision, eventCount: number, dataBytes: number): void {
  if (eventCount === 0) throw new RangeError('An append needs at least one event.');
  if (typeof expected === 'number' && !(Number.isSafeInteger(expected) && expected >= 0)) {
    throw new RangeError(`${expected} is no revision; a stream that must not exist is 'no-stream'.`);
  }
  if (dataBytes > MAX_APPEND_BYTES) {
    throw new RangeError(`The data of one append may have ${MAX_APPEND_BYTES} bytes, this has ${dataBytes}.`);
  }
}
