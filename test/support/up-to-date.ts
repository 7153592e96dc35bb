import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer } from './service.js';

const WITHIN_MS = 30_000;
const BETWEEN_MS = 20;
/** What is not in the read model yet is unknown to it; and it may be away. */
const NOT_YET = [404, 503];

/**
 * Asks again as long as an answer does not show the position that it was asked for: a service gives its read model some
 * moments for that, and a busy machine may need more.
 */
export async function upToDate(ask: () => Promise<Answer>): Promise<Answer> {
  for (const giveUpAt = Date.now() + WITHIN_MS; ; ) {
    const answer = await ask();
    const isUpToDate = !NOT_YET.includes(answer.status) && answer.body.stale === undefined;
    if (isUpToDate || Date.now() > giveUpAt) return answer;
    await sleep(BETWEEN_MS);
  }
}
