import { reservationOfHold } from '../domain/reservation/reservation-id.js';
import type { StockKey } from '../domain/values/identifiers.js';
import { formatInstant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import type { AvailabilityView, SkuView } from '../queries/availability/available-to-promise.js';
import type { CellView } from '../queries/availability/cell-view.js';
import type { Freshness } from '../queries/availability/cells-answer.js';
import { formatDay } from '../queries/availability/days.js';
import type { Explanation, LiveHold, OpenSupply } from '../queries/availability/explanation.js';
import type { EventRef } from '../queries/availability/on-hand-tally.js';
import type { Schedule, ScheduleView } from '../queries/availability/schedule.js';
import { positionToken } from './position-token.js';

export const cellJson = (cell: CellView): JsonObject => ({ ...cell });

export const skuJson = ({ sku, available, locations }: SkuView): JsonObject =>
  locations === undefined ? { sku, available } : { sku, available, locations: locations.map(cellJson) };

export const freshnessJson = ({ position, ageMs, source, stale }: Freshness): JsonObject => ({
  position: positionToken(position),
  ageMs,
  source,
  ...(stale ? { stale } : {}),
});

export const manyJson = (view: AvailabilityView): JsonObject => ({
  items: view.items.map(skuJson),
  unknown: view.unknown,
  ...freshnessJson(view),
});

export const scheduleJson = (sku: string, view: ScheduleView): JsonObject => ({
  sku,
  ...daysJson(view),
  ...(view.locations === undefined
    ? {}
    : { locations: view.locations.map(({ location, ...schedule }) => ({ location, ...daysJson(schedule) })) }),
  ...freshnessJson(view),
});

const daysJson = ({ available, overdue, days }: Schedule): JsonObject => ({
  available,
  overdue,
  days: days.map(({ startsAt, ...numbers }) => ({ date: formatDay(startsAt), ...numbers })),
});

/** The terms in the order in which they are added up. */
export function explanationJson(key: StockKey, explanation: Explanation): JsonObject {
  const { available, revision, onHand, reserved, safetyStock, coveredBySupply, shortage } = explanation;
  const { units: protectedUnits, channels } = explanation.protected;
  return {
    ...key,
    available,
    formula: {
      onHand: onHand.units,
      reserved: reserved.units,
      safetyStock: safetyStock.units,
      protected: protectedUnits,
      coveredBySupply: coveredBySupply.units,
      shortage: shortage.units,
    },
    terms: [
      {
        term: 'onHand',
        units: onHand.units,
        count: onHand.count === null ? null : { ...onHand.count, event: eventJson(onHand.count.event) },
        since: onHand.since.map((one) => ({ ...one })),
        newest: onHand.newest.map(({ units, ...event }) => ({ ...eventJson(event), units })),
      },
      {
        term: 'reserved',
        units: reserved.units,
        holds: reserved.holds,
        newest: reserved.newest.map((hold) => holdJson(key, hold)),
      },
      {
        term: 'safetyStock',
        units: safetyStock.units,
        event: safetyStock.event === null ? null : eventJson(safetyStock.event),
      },
      {
        term: 'protected',
        units: protectedUnits,
        channels: channels.map(({ event, ...numbers }) => ({ ...numbers, event: eventJson(event) })),
      },
      { term: 'coveredBySupply', units: coveredBySupply.units, supplies: coveredBySupply.supplies.map(supplyJson) },
      { term: 'shortage', units: shortage.units },
    ],
    revision,
  };
}

const eventJson = ({ occurredAt, ...event }: EventRef): JsonObject => ({
  ...event,
  occurredAt: formatInstant(occurredAt),
});

const holdJson = (
  key: StockKey,
  { reference, quantity, expiresAt, channel, neededBy, event }: LiveHold,
): JsonObject => ({
  reservationId: reservationOfHold(key, reference).reservationId,
  quantity,
  expiresAt: expiresAt === null ? null : formatInstant(expiresAt),
  ...(channel === undefined ? {} : { channel }),
  ...(neededBy === undefined ? {} : { neededBy: formatInstant(neededBy) }),
  revision: event.revision,
  event: eventJson(event),
});

const supplyJson = ({ dueAt, event, ...supply }: OpenSupply): JsonObject => ({
  ...supply,
  dueAt: dueAt === null ? null : formatInstant(dueAt),
  event: eventJson(event),
});
