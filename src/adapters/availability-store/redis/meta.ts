import type { Instant } from '../../../domain/values/instant.js';
import type { ReadModelProgress } from '../../../ports/availability-store.js';
import type { Position } from '../../../ports/event-store.js';
import { decodePosition, encodePosition } from '../document.js';

/** What there is to know of a generation: one key, read together with its documents. */
export interface Meta extends ReadModelProgress {
  /** Of the event store that it was built from. */
  readonly identity: string;
  readonly generation: string;
  /** It has been built when it has come so far. */
  readonly target: Position;
  /** Saves so far that changed anything: a reader that is told of each notices when it missed one. */
  readonly saves: number;
}

/** Six words; the scripts compare positions and instants as text. */
export const encodeMeta = ({ identity, generation, position, asOf, target, saves }: Meta): string =>
  [identity, generation, encodePosition(position), encodeInstant(asOf), encodePosition(target), saves].join(' ');

export function decodeMeta(text: string): Meta {
  const [identity, generation, position, asOf, target, saves, ...rest] = text.split(' ');
  if (identity === undefined || generation === undefined || position === undefined || asOf === undefined) {
    throw new Error(`Not the state of a read model: ${text}`);
  }
  if (target === undefined || saves === undefined || rest.length > 0) {
    throw new Error(`Not the state of a read model: ${text}`);
  }
  return {
    identity,
    generation,
    position: decodePosition(position),
    asOf: Number(asOf),
    target: decodePosition(target),
    saves: Number(saves),
  };
}

export const encodeInstant = (instant: Instant): string => String(Math.max(0, Math.floor(instant))).padStart(16, '0');
