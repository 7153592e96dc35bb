import { setTimeout as sleep } from 'node:timers/promises';

const FIRST_MS = 25;
const MOST_MS = 500;

/** Waits before attempt + 1, longer each time and never in step with others; not at all once the signal aborted. */
export async function retryDelay(attempt: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10));
  await sleep(delayMs * (0.5 + Math.random() / 2), undefined, { signal }).catch(() => undefined);
}
