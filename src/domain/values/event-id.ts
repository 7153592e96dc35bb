import { createHash } from 'node:crypto';

/** Name space of all ids derived here; changing it would make every known movement look new. */
const NAMESPACE = Buffer.from('5f0c1d4e8a3b4d2f9e617c2b0a94d318', 'hex');

/**
 * The event id that a command always gets in a stream: a version 5 uuid of the stream and the command's key.
 * A command sent twice therefore names the same event twice, on any instance, however late.
 */
export function eventId(stream: string, key: string): string {
  const hash = createHash('sha1').update(NAMESPACE).update(stream).update('\n').update(key).digest();
  hash[6] = (byte(hash, 6) & 0x0f) | 0x50;
  hash[8] = (byte(hash, 8) & 0x3f) | 0x80;
  const hex = hash.toString('hex', 0, 16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

const byte = (bytes: Uint8Array, index: number): number => bytes[index] ?? 0;
