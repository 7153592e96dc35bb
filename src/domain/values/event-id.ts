import { hash } from 'node:crypto';

declare const eventName: unique symbol;
/** What a stream and a key determine of an event's id: its first 28 characters. It finds the event again. */
export type EventName = string & { readonly [eventName]: true };

/** Name space of all ids derived here; changing it would make every known movement look new. */
const NAMESPACE = '5f0c1d4e8a3b4d2f9e617c2b0a94d318';
const NAME_LENGTH = 28;
const VARIANTS = '89ab';

/** The id of an event that means the same whoever writes it: a version 8 uuid of the stream and the key. */
export function eventId(stream: string, key: string): string {
  const hex = hash('sha1', `${NAMESPACE}\n${stream}\n${key}`, 'hex');
  const variant = VARIANTS[Number.parseInt(hex[16] ?? '0', 16) & 3];
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/** A command sent twice names its event twice the same, on any instance, however late. */
export const eventNameFor = (stream: string, key: string): EventName => nameOf(eventId(stream, key));

export const nameOf = (id: string): EventName => id.slice(0, NAME_LENGTH) as EventName;

/**
 * The id under a name that one decision gives its event. A store that is given ids which it has already, right where
 * they are expected, says that they were written: without a signature, two who decide differently under one name would
 * both be told so. Whoever sends the same decision again keeps the signature: 8 hexadecimal digits.
 */
export const signed = (name: EventName, signature: string): string => name + signature;
