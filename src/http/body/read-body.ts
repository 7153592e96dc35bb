import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';
import { Problem } from '../problem.js';

export const MAX_BODY_BYTES = 1_048_576;
/** A body that is too large is still taken in, up to this: a client cut off in mid-sentence never hears why. */
const MAX_DRAINED_BYTES = 64 * 1_048_576;

/**
 * Hears the text of a body out. A body that is too large is a Problem 413 once all of it has been heard and dropped.
 * By events: most bodies are one chunk, and iterating over a stream costs more than reading that.
 */
export function readBody(payload: Readable, heard: (body: string | Problem) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  const take = (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
    else chunks.length = 0;
    if (bytes > MAX_DRAINED_BYTES) payload.destroy();
  };
  const settle = (body: string | Problem) => {
    payload.off('data', take).off('end', end).off('error', broken);
    heard(bytes > MAX_BODY_BYTES ? tooLarge(bytes) : body);
  };
  const end = () => settle(decode(chunks));
  const broken = () => {
    // It may break more than once, and there is nobody left to tell.
    payload.on('error', () => {});
    settle(new Problem(400, 'bad-request', 'The body broke off.'));
  };
  payload.on('data', take).on('end', end).on('error', broken);
}

const tooLarge = (bytes: number): Problem =>
  new Problem(413, 'body-too-large', 'A body may have up to 1 MiB; send less at a time.', { bytes });

const BYTE_ORDER_MARK = '\ufeff';

function decode(chunks: readonly Buffer[]): string | Problem {
  const [first] = chunks;
  const body = chunks.length === 1 && first !== undefined ? first : Buffer.concat(chunks);
  if (!isUtf8(body)) return new Problem(400, 'invalid-json', 'The body is not UTF-8.');
  const text = body.toString();
  return text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
}
