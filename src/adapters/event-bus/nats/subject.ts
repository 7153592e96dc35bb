/** Not escaped by URI encoding, but with a meaning in NATS subjects. */
const NATS_SPECIAL = /[.*]/g;

/** A path as a NATS subject: one token a segment, percent-encoded, dots too. */
export function natsSubject(prefix: string, path: string): string {
  return [prefix, ...path.split('/').map(token)].join('.');
}

const token = (segment: string): string =>
  encodeURIComponent(segment).replace(NATS_SPECIAL, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
