import type { EventStore, Position } from '../ports/event-store.js';

/** How long a read waits for the read model to show a write before it answers and says that it is stale. */
export const MAX_WAIT_MS = 2_000;
const POLL_MS = { first: 2, most: 50 };
/** A read model that is up to date shows a write sooner: to look into the store is work, and rarely needed. */
const LOOK_AFTER_MS = 20;

interface Positioned {
  readonly position: Position;
  /** Said by an answer that waiting would not make fresher; otherwise the position tells. */
  readonly stale?: boolean;
}

/** Where the events are that a read model is made of. */
export interface Source {
  readonly store: EventStore;
  readonly streamPrefixes: readonly string[];
}

/**
 * Waits until the read model has reached a position, within {@link MAX_WAIT_MS}. Reading read model and waiting are
 * the same call, so that the answer is the one that was found good. With the source, nothing is waited for that does not
 * concern the read model: what was written last may stand in other streams.
 */
export async function readAtLeast<Answer extends Positioned>(
  minPosition: Position | undefined,
  read: () => Promise<Answer>,
  source?: Source,
): Promise<Answer & { readonly stale: boolean }> {
  const startedAt = performance.now();
  let needed = minPosition;
  let isLookedFor = source === undefined;
  for (let pauseMs = POLL_MS.first; ; pauseMs = Math.min(POLL_MS.most, pauseMs * 2)) {
    const answer = await read();
    if (answer.stale !== undefined) return { ...answer, stale: answer.stale };
    if (minPosition === undefined || needed === undefined) return { ...answer, stale: false };
    if (answer.position >= needed) {
      const position = answer.position > minPosition ? answer.position : minPosition;
      return { ...answer, position, stale: false };
    }
    const waitedMs = performance.now() - startedAt;
    if (waitedMs >= MAX_WAIT_MS) return { ...answer, stale: true };
    if (!isLookedFor && source !== undefined && waitedMs >= LOOK_AFTER_MS) {
      isLookedFor = true;
      needed = await lastOf(source, minPosition).catch(() => minPosition);
      continue;
    }
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}

/** The last position up to this one at which the source has anything; itself where nothing has happened yet. */
async function lastOf({ store, streamPrefixes }: Source, upTo: Position): Promise<Position> {
  const head = await store.head(streamPrefixes);
  return head >= upTo || upTo > (await store.end()) ? upTo : head;
}
