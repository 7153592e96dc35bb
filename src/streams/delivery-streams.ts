import { randomUUID } from 'node:crypto';
import { decodeDelivery, encodeDelivery } from '../domain/delivery/codec.js';
import type { DeliveryHappening } from '../domain/delivery/events.js';
import { type DeliveryState, evolve, NO_DELIVERIES, placed } from '../domain/delivery/state.js';
import type { Instant } from '../domain/values/instant.js';
import type { EventStore, Position } from '../ports/event-store.js';

/** Reads the newest event, and what it says is still open: short, however long the stream is. */
export async function loadDeliveries(store: EventStore, stream: string): Promise<DeliveryState> {
  for await (const event of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
    const { position, parkedSince } = decodeDelivery(event);
    if (parkedSince === null) return { ...NO_DELIVERIES, revision: event.revision, position };
    return (await readOn(store, stream, { ...NO_DELIVERIES, revision: parkedSince - 1 })).state;
  }
  return NO_DELIVERIES;
}

/** Takes in what was written behind the state. */
export async function readOn(
  store: EventStore,
  stream: string,
  state: DeliveryState,
): Promise<{ readonly state: DeliveryState; readonly types: ReadonlySet<DeliveryHappening['type']> }> {
  const types = new Set<DeliveryHappening['type']>();
  let after = state;
  for await (const recorded of store.readStream(stream, { from: state.revision + 1 })) {
    const event = decodeDelivery(recorded);
    types.add(event.type);
    after = evolve(after, event, recorded.revision);
  }
  return { state: after, types };
}

export interface DeliveryRecord {
  readonly happenings: readonly DeliveryHappening[];
  /** Every valuation of the partition up to here has been dealt with once they are recorded. */
  readonly position: Position;
  readonly at: Instant;
  /** The request that asked for it, when somebody did. */
  readonly correlationId?: string;
}

/** Appends what happened right behind the state. @returns the state and position after it, undefined when somebody else wrote */
export async function appendDeliveries(
  store: EventStore,
  stream: string,
  state: DeliveryState,
  { happenings, position, at, correlationId }: DeliveryRecord,
): Promise<{ readonly state: DeliveryState; readonly position: Position } | undefined> {
  let after = state;
  const events = happenings.map((happening) => {
    const next = placed(after, happening, position, at);
    after = next.after;
    // A fresh id: were it derived, a second writer's append would pass for a repetition of ours.
    const { metadata, ...stored } = encodeDelivery(next.event);
    return {
      id: randomUUID(),
      ...stored,
      metadata: correlationId === undefined ? metadata : { ...metadata, correlationId },
    };
  });
  const expected = state.revision < 0 ? 'no-stream' : state.revision;
  const outcome = await store.append(stream, expected, events);
  return outcome.status === 'conflict' ? undefined : { state: after, position: outcome.position };
}
