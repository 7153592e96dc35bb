import type { ReportedMovement, Reserve } from './commands.js';
import type { Movement, Reserved, StockEvent } from './events.js';

/** Fields that the decision added to what was reported. */
const DECIDED_FIELDS: ReadonlySet<string> = new Set(['exceptions', 'atRisk', 'settledByCount', 'supplied', 'variance']);

/** Whether a recorded fact says the same as a report under the same id: then the report is a duplicate. */
export function isSameMovement(report: ReportedMovement, recorded: StockEvent): recorded is Movement {
  return sameFields(report, recorded, DECIDED_FIELDS);
}

/** What a reservation asked for, and the recorded hold has instead. */
const HOLD_FIELDS: ReadonlySet<string> = new Set(['type', 'occurredAt', 'expiresAt']);

/** Whether a recorded hold was asked for in the same words. */
export function isSameReservation(command: Reserve, recorded: StockEvent): recorded is Reserved {
  return recorded.type === 'Reserved' && sameFields(command, recorded, HOLD_FIELDS);
}

/** Reports hold plain values only, so that fields compare one by one. */
function sameFields(report: object, recorded: object, ignored: ReadonlySet<string>): boolean {
  const said = relevant(report, ignored);
  const known = relevant(recorded, ignored);
  return said.size === known.size && [...said].every(([field, value]) => known.get(field) === value);
}

const relevant = (fields: object, ignored: ReadonlySet<string>): Map<string, unknown> =>
  new Map(Object.entries(fields).filter(([field, value]) => value !== undefined && !ignored.has(field)));
