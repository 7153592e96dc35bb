import { reservationsOfHolds } from '../../domain/reservation/reservation-id.js';
import { isMovement, type Movement } from '../../domain/stock/events.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import type { CloudEvent } from '../../ports/event-bus.js';
import { type CellStep, sameNumbers } from './cell-timeline.js';

/** What the feed tells, by what an id and a subject call it. The order is that of the entries of one event. */
export const FEED_EVENT_TYPES = {
  'availability-changed': 'stockfold.availability-changed.v1',
  'low-stock': 'stockfold.low-stock.v1',
  'back-in-stock': 'stockfold.back-in-stock.v1',
  oversold: 'stockfold.oversold.v1',
  'late-movement': 'stockfold.late-movement.v1',
} as const;
export type FeedEventName = keyof typeof FEED_EVENT_TYPES;
export type FeedEventType = (typeof FEED_EVENT_TYPES)[FeedEventName];

export const FEED_EVENT_NAMES = Object.keys(FEED_EVENT_TYPES) as readonly FeedEventName[];

/** What there is to tell of one step, by name; nothing when the step changes nothing that anybody sees. */
export function dataOf(key: StockKey, step: CellStep): ReadonlyMap<FeedEventName, JsonObject> {
  const { before, after, revision, event } = step;
  const cell = { ...key, revision };
  const told = new Map<FeedEventName, JsonObject>();
  if (!sameNumbers(before, after)) told.set('availability-changed', { ...cell, ...after });
  if (step.isLow && !step.wasLow) {
    told.set('low-stock', { ...cell, available: after.available, lowStockThreshold: step.lowStockThreshold });
  }
  if (before.available === 0 && after.available > 0) {
    told.set('back-in-stock', { ...cell, available: after.available });
  }
  if (event !== undefined && isMovement(event)) {
    if (event.exceptions?.includes('oversold')) {
      const numbers = { onHand: after.onHand, reserved: after.reserved };
      told.set('oversold', { ...cell, movement: movementData(event), ...numbers, atRisk: atRisk(key, event) });
    }
    if (event.exceptions?.includes('late')) told.set('late-movement', { ...cell, movement: movementData(event) });
  }
  return told;
}

/** The same step always makes the same event under the same id. */
export function cloudEvent(
  source: string,
  key: StockKey,
  step: CellStep,
  name: FeedEventName,
  data: JsonObject,
): CloudEvent {
  const moment = step.event === undefined ? step.at : 0;
  const cell = `${key.sku}@${key.location}/${step.revision}`;
  const place = moment === 0 ? cell : `${cell}/${formatInstant(moment)}`;
  return {
    id: name === 'availability-changed' ? place : `${place}/${name}`,
    source,
    type: FEED_EVENT_TYPES[name],
    subject: subjectOf(key, name),
    time: formatInstant(step.at),
    sequence: `${String(step.revision).padStart(10, '0')}.${String(moment).padStart(14, '0')}`,
    data,
  };
}

const subjectOf = ({ sku, location }: StockKey, name: FeedEventName): string =>
  name === 'availability-changed' ? `availability/${location}/${sku}` : `exceptions/${name}/${location}/${sku}`;

const movementData = ({ id, type, occurredAt }: Movement): JsonObject => ({
  id,
  type,
  occurredAt: formatInstant(occurredAt),
});

/** The reservations whose units are gone, the one to give up first at the front. */
const atRisk = (key: StockKey, event: Movement): JsonObject[] =>
  reservationsOfHolds(key, event.atRisk ?? []).map((reservation) => ({ ...reservation }));
