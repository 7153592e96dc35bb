import { randomUUID } from 'node:crypto';
import { decodeReplay, encodeReplay, evolveReplay, type Replay, type ReplayEvent } from '../domain/replay/replay.js';
import { formatInstant, type Instant } from '../domain/values/instant.js';
import type { EventStore, Position } from '../ports/event-store.js';
import type { Caller } from './stream-kind.js';

export const REPLAYS = 'replay-';
export const replayStream = (id: string): string => `${REPLAYS}${id}`;
export const replayIdOf = (stream: string): string => stream.slice(REPLAYS.length);

export interface RecordedReplay {
  readonly replay: Replay;
  readonly revision: number;
  /** Of its newest event. */
  readonly shownAt: Position;
}

/** Reads the request and how far it has got; undefined when there is no such replay. */
export async function readReplay(store: EventStore, id: string): Promise<RecordedReplay | undefined> {
  const stream = replayStream(id);
  let found: RecordedReplay | undefined;
  for await (const event of store.readStream(stream, { maxCount: 1 })) {
    const replay = evolveReplay(undefined, decodeReplay(event));
    if (replay !== undefined) found = { replay, revision: event.revision, shownAt: event.position };
  }
  for await (const event of store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
    const replay = event.revision === 0 ? found?.replay : evolveReplay(found?.replay, decodeReplay(event));
    if (replay !== undefined) return { replay, revision: event.revision, shownAt: event.position };
  }
  return found;
}

/** @returns the position of the event; undefined when somebody else wrote */
export async function appendReplay(
  store: EventStore,
  id: string,
  revision: number,
  event: ReplayEvent,
  { at, caller }: { readonly at: Instant; readonly caller?: Caller },
): Promise<Position | undefined> {
  const metadata = { schemaVersion: 1, recordedAt: formatInstant(at), ...caller };
  const outcome = await store.append(replayStream(id), revision < 0 ? 'no-stream' : revision, [
    { id: randomUUID(), type: event.type, data: encodeReplay(event), metadata },
  ]);
  return outcome.status === 'conflict' ? undefined : outcome.position;
}
