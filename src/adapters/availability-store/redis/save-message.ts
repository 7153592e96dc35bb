import type { Sku } from '../../../domain/values/identifiers.js';
import type { ReadModelProgress } from '../../../ports/availability-store.js';
import { decodePosition } from '../document.js';

/** What readers are told of a save. */
export interface Save extends ReadModelProgress {
  readonly generation: string;
  /** Counts the saves of the generation, without gaps. */
  readonly count: number;
  /** Whose documents it changed. */
  readonly skus: readonly Sku[];
}

/** Reads what the save script publishes; undefined for anything else. */
export function decodeSave(message: string): Save | undefined {
  const [generation, count, position, asOf, ...skus] = message.split(' ');
  if (generation === undefined || position === undefined || asOf === undefined) return undefined;
  return {
    generation,
    count: Number(count),
    position: decodePosition(position),
    asOf: Number(asOf),
    skus: skus.filter((sku) => sku !== '') as Sku[],
  };
}
