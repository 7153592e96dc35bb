import { Map as PersistentMap } from 'immutable';
import { type HeldUnits, heldKey, NO_CELL, type StockCell } from '../../domain/availability/cell.js';
import { NEVER } from '../../domain/stock/supplies.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Units } from '../../domain/values/units.js';

/**
 * Units held by expiry: an expiry in seconds (0 when there is none) and the units, flat; holds with a date or channel
 * as lists of their own: expiry, units, needed by in milliseconds (0 when at once), channel.
 */
type StoredHeld = (number | [number, number, number, string?])[];
type StoredPairs<Key> = (Key | number)[];

/**
 * Revision, sellable, held, quarantine, damaged, supply, safety stock, low stock threshold, protections. Nothing is 0,
 * and zeros at the end are left out, which is most of them. The same cell always gives the same text.
 */
export type StoredFields = [
  number,
  number?,
  (StoredHeld | 0)?,
  number?,
  number?,
  (StoredPairs<number> | 0)?,
  number?,
  number?,
  (StoredPairs<string> | 0)?,
];

export function encodeCell({ revision, onHand, held, supply, policy }: StockCell): StoredFields {
  const fields: StoredFields = [
    revision,
    onHand.sellable,
    encodeHeld(held),
    onHand.quarantine,
    onHand.damaged,
    encodeUnits(supply, (dueAt) => (dueAt === NEVER ? 0 : dueAt)),
    policy.safetyStock,
    policy.lowStockThreshold,
    encodeUnits(policy.protections, (channel) => channel),
  ];
  while (fields.length > 1 && fields.at(-1) === 0) fields.pop();
  return fields;
}

export function decodeCell(fields: StoredFields): StockCell {
  const [revision, sellable = 0, held = 0, quarantine = 0, damaged = 0, supply = 0, ...policy] = fields;
  return {
    revision,
    onHand: { sellable, quarantine, damaged },
    held: decodeHeld(held),
    supply: supply === 0 ? NO_CELL.supply : decodeUnits(supply, (dueAt) => (dueAt === 0 ? NEVER : dueAt)),
    policy: decodePolicy(policy),
  };
}

function encodeHeld(held: StockCell['held']): StoredHeld | 0 {
  if (held.size === 0) return 0;
  const stored: StoredHeld = [];
  for (const [, { expiresAt, quantity, neededBy = 0, channel }] of byKey(held)) {
    const expiry = (expiresAt ?? 0) / 1_000;
    if (channel !== undefined) stored.push([expiry, quantity, neededBy, channel]);
    else if (neededBy !== 0) stored.push([expiry, quantity, neededBy]);
    else stored.push(expiry, quantity);
  }
  return stored;
}

function decodeHeld(stored: StoredHeld | 0): StockCell['held'] {
  if (stored === 0) return NO_CELL.held;
  const entries: [string, HeldUnits][] = [];
  for (let index = 0; index < stored.length; index += 1) {
    const item = stored[index] ?? 0;
    const units = typeof item === 'number' ? heldUnits([item, Number(stored[++index]), 0]) : heldUnits(item);
    entries.push([heldKey(units), units]);
  }
  return PersistentMap(entries);
}

const heldUnits = ([expiry, quantity, neededBy, channel]: [number, number, number, string?]): HeldUnits => ({
  expiresAt: expiry === 0 ? null : Math.round(expiry * 1_000),
  quantity,
  ...(neededBy === 0 ? {} : { neededBy }),
  ...(channel === undefined ? {} : { channel }),
});

function encodeUnits<Key extends string | Instant>(
  units: Units<Key>,
  toStored: (key: Key) => Key,
): StoredPairs<Key> | 0 {
  return units.size === 0 ? 0 : byKey(units).flatMap(([key, quantity]) => [toStored(key), quantity]);
}

function decodeUnits<Key>(stored: StoredPairs<Key>, fromStored: (key: Key) => Key): Units<Key> {
  const entries: [Key, number][] = [];
  for (let index = 0; index < stored.length; index += 2) {
    entries.push([fromStored(stored[index] as Key), stored[index + 1] as number]);
  }
  return PersistentMap(entries);
}

function decodePolicy([safetyStock = 0, lowStockThreshold = 0, protections = 0]: unknown[]): StockCell['policy'] {
  if (safetyStock === 0 && lowStockThreshold === 0 && protections === 0) return NO_CELL.policy;
  return {
    safetyStock: safetyStock as number,
    lowStockThreshold: lowStockThreshold as number,
    protections:
      protections === 0
        ? NO_CELL.policy.protections
        : decodeUnits(protections as StoredPairs<string>, (channel) => channel),
  };
}

/** In the order of their keys, so that how a map came about does not show. */
const byKey = <Key extends string | number, Value>(entries: PersistentMap<Key, Value>): [Key, Value][] =>
  [...entries].sort(([a], [b]) => (a < b ? -1 : 1));
