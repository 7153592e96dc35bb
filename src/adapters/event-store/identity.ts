import { randomUUID } from 'node:crypto';
import type { EventStore, Position } from '../../ports/event-store.js';

export const IDENTITY_STREAM = 'stockfold-identity';

/** A uuid, and where in the store it was given. */
export interface StoreIdentity {
  readonly id: string;
  readonly position: Position;
}

/** What the stream says, which is written now if nobody has asked before. Asks the store every time. */
export async function identityIn(store: EventStore, stream: string): Promise<StoreIdentity> {
  for await (const { data, position } of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
    if (typeof data.id === 'string') return { id: data.id, position };
    throw new Error(`${stream} does not begin with the identity of the store`);
  }
  const id = randomUUID();
  const event = { id: randomUUID(), type: 'IdentityAssigned', data: { id }, metadata: {} };
  const outcome = await store.append(stream, 'no-stream', [event]);
  // Whoever came first has named it.
  return outcome.status === 'appended' ? { id, position: outcome.position } : identityIn(store, stream);
}
