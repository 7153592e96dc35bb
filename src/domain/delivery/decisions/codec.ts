import { type Currency, storedCurrency } from '../../values/currency.js';
import { formatInstant, type Instant, storedInstant } from '../../values/instant.js';
import type { JsonObject } from '../../values/json.js';
import type { Sums } from '../worth.js';
import type { DecisionEvent, WantedOfMany } from './events.js';

interface Stored {
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

/** The stored form. Who decided stands in the metadata, as in every event. */
export function encodeDecision(event: DecisionEvent, at: Instant): Stored {
  const actor = 'actor' in event ? { actor: event.actor } : {};
  const metadata = { schemaVersion: 1, recordedAt: formatInstant(at), ...actor };
  return { type: event.type, data: dataOf(event), metadata };
}

function dataOf(event: DecisionEvent): JsonObject {
  switch (event.type) {
    case 'DecisionMade': {
      const { wanted, upTo, limit, needsTwo } = event;
      return { wanted: wanted as unknown as JsonObject, upTo: upTo.toString(), limit, needsTwo };
    }
    case 'SecondPersonNeeded':
      return { id: event.id };
    case 'DecisionApproved':
    case 'DecisionEnded':
      return { id: event.id, comment: event.comment };
    case 'DecisionMoved':
      return { id: event.id, upTo: event.upTo.toString() };
    case 'DecisionApplied': {
      const { id, ref, parkedAt, worth } = event;
      return { id, ref, parkedAt, worth: stored(worth) };
    }
    case 'WrittenOffByOne': {
      const { ref, parkedAt, worth } = event;
      return { ref, parkedAt, worth: stored(worth) };
    }
  }
}

/** Reads what {@link encodeDecision} wrote. */
export function decodeDecision({ type, data, metadata }: Stored): DecisionEvent {
  const id = String(data.id);
  const said = { id, actor: String(metadata.actor), comment: String(data.comment) };
  switch (type) {
    case 'DecisionMade':
      return {
        type,
        wanted: data.wanted as unknown as WantedOfMany,
        actor: said.actor,
        at: storedInstant(String(metadata.recordedAt)),
        upTo: BigInt(String(data.upTo)),
        limit: String(data.limit),
        needsTwo: data.needsTwo === true,
      };
    case 'SecondPersonNeeded':
      return { type, id };
    case 'DecisionApproved':
    case 'DecisionEnded':
      return { type, ...said };
    case 'DecisionMoved':
      return { type, id, upTo: BigInt(String(data.upTo)) };
    case 'DecisionApplied':
      return { type, id, ref: String(data.ref), parkedAt: Number(data.parkedAt), worth: sumsIn(data.worth) };
    case 'WrittenOffByOne': {
      const at = storedInstant(String(metadata.recordedAt));
      const worth = sumsIn(data.worth);
      return { type, ref: String(data.ref), parkedAt: Number(data.parkedAt), actor: said.actor, at, worth };
    }
    default:
      throw new Error(`Unknown decision event type: ${type}`);
  }
}

const stored = (worth: Sums) => [...worth].map(([currency, minor]): [string, string] => [currency, minor.toString()]);

function sumsIn(stored: unknown): Sums {
  const pairs = stored as readonly (readonly [string, string])[];
  return new Map(pairs.map(([currency, minor]): [Currency, bigint] => [storedCurrency(currency), BigInt(minor)]));
}
