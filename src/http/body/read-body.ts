import type { Readable } from 'node:stream';
import { Problem } from '../problem.js';

export const MAX_BODY_BYTES = 1_048_576;
/** A body that is too large is still taken in, up to this: a client cut off in mid-sentence never hears why. */
const MAX_DRAINED_BYTES = 64 * 1_048_576;

/** The text of a body. @throws Problem 413 once all of a body that is too large has been heard and dropped */
export async function readBody(payload: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of payload) {
    bytes += (chunk as Buffer).length;
    if (bytes <= MAX_BODY_BYTES) chunks.push(chunk as Buffer);
    else chunks.length = 0;
    if (bytes > MAX_DRAINED_BYTES) break;
  }
  if (bytes > MAX_BODY_BYTES) {
    throw new Problem(413, 'body-too-large', 'A body may have up to 1 MiB; send less at a time.', { bytes });
  }
  return decode(Buffer.concat(chunks));
}

const UTF_8 = new TextDecoder('utf-8', { fatal: true });

function decode(body: Buffer): string {
  try {
    return UTF_8.decode(body);
  } catch {
    throw new Problem(400, 'invalid-json', 'The body is not UTF-8.');
  }
}
