import type { Position } from '../ports/event-store.js';

const TOKEN = /^p([0-9a-z]{1,13})$/;

/** A position as callers get it: opaque, to be handed back as `minPosition`. */
export const positionToken = (position: Position): string => `p${position.toString(36)}`;

/** Undefined for anything that {@link positionToken} did not make. */
export function parsePosition(token: unknown): Position | undefined {
  const digits = typeof token === 'string' ? TOKEN.exec(token)?.[1] : undefined;
  if (digits === undefined) return undefined;
  let position = 0n;
  for (const digit of digits) position = position * 36n + BigInt(Number.parseInt(digit, 36));
  return position;
}
