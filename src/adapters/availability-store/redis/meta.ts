import type { Instant } from '../../../domain/values/instant.js';
import type { ReadModelProgress } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { decodePosition, encodePosition } from '../document.js';

/** What there is to know of a read model: one key, read together with the documents. */
export interface Meta extends ReadModelProgress {
  /** Of the event store that it was built from. */
  readonly identity: string;
  /** Made up anew whenever the model is begun from nothing; part of every document's key. */
  readonly generation: string;
  /** It has been built when it has come so far. */
  readonly target: Position;
}

/** Five words of fixed width, so that the scripts compare them as text. */
export const encodeMeta = ({ identity, generation, position, asOf, target }: Meta): string =>
  [identity, generation, encodePosition(position), encodeInstant(asOf), encodePosition(target)].join(' ');

export function decodeMeta(text: string): Meta {
  const [identity, generation, position, asOf, target, ...rest] = text.split(' ');
  if (identity === undefined || generation === undefined || position === undefined || asOf === undefined) {
    throw new Error(`Not the state of a read model: ${text}`);
  }
  if (target === undefined || rest.length > 0) throw new Error(`Not the state of a read model: ${text}`);
  return {
    identity,
    generation,
    position: decodePosition(position),
    asOf: Number(asOf),
    target: decodePosition(target),
  };
}

export const encodeInstant = (instant: Instant): string => String(Math.max(0, Math.floor(instant))).padStart(16, '0');
