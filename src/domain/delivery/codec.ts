import { formatInstant, storedInstant } from '../values/instant.js';
import type { JsonObject } from '../values/json.js';
import type { DeliveryEvent, DeliveryHappening } from './events.js';

const TYPES: Readonly<Record<DeliveryHappening['type'], true>> = {
  Delivered: true,
  Deferred: true,
  Parked: true,
  Retried: true,
  Redated: true,
  WriteOffProposed: true,
  WrittenOff: true,
};

interface Stored {
  readonly type: string;
  readonly data: JsonObject;
  readonly metadata: JsonObject;
}

const VERSION = 2;

/** The stored form. A decision's actor stands in the metadata, as in every event. */
export function encodeDelivery({ type, position, at, ...rest }: DeliveryEvent): Stored {
  const { actor, ...said } = 'actor' in rest ? rest : { ...rest, actor: undefined };
  const data = { position: position.toString(), ...said } as unknown as JsonObject;
  const recordedAt = formatInstant(at);
  return { type, data, metadata: { schemaVersion: VERSION, recordedAt, ...(actor === undefined ? {} : { actor }) } };
}

/** Reads what {@link encodeDelivery} wrote, now or before version 2 told of times and attempts. */
export function decodeDelivery({ type, data, metadata }: Stored): DeliveryEvent {
  if (!Object.hasOwn(TYPES, type)) throw new Error(`Unknown delivery event type: ${type}`);
  const { recordedAt, actor } = metadata;
  return {
    ...(type === 'Parked' ? { attempts: 1 } : {}),
    ...data,
    ...(typeof actor === 'string' ? { actor } : {}),
    type,
    position: BigInt(String(data.position)),
    at: typeof recordedAt === 'string' ? storedInstant(recordedAt) : 0,
  } as unknown as DeliveryEvent;
}
