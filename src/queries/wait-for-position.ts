import type { Position } from '../ports/event-store.js';

/** How long a read waits for the read model to show a write before it answers and says that it is stale. */
export const MAX_WAIT_MS = 2_000;
const POLL_MS = { first: 2, most: 50 };

interface Positioned {
  readonly position: Position;
  /** Said by an answer that waiting would not make fresher; otherwise the position tells. */
  readonly stale?: boolean;
}

/**
 * Waits until the read model has reached a position, within {@link MAX_WAIT_MS}. Reading read model and waiting are
 * the same call, so that the answer is the one that was found good.
 */
export async function readAtLeast<Answer extends Positioned>(
  minPosition: Position | undefined,
  read: () => Promise<Answer>,
): Promise<Answer & { readonly stale: boolean }> {
  const deadline = performance.now() + MAX_WAIT_MS;
  for (let pauseMs = POLL_MS.first; ; pauseMs = Math.min(POLL_MS.most, pauseMs * 2)) {
    const answer = await read();
    const stale = answer.stale ?? (minPosition !== undefined && answer.position < minPosition);
    const isFinal = !stale || answer.stale !== undefined || performance.now() >= deadline;
    if (isFinal) return { ...answer, stale };
    await new Promise((resolve) => setTimeout(resolve, pauseMs));
  }
}
