import { setTimeout as sleep } from 'node:timers/promises';

const DAY_MS = 86_400_000;
/** More than a file of tests takes, and less than a hook may. */
const ROOM_MS = 60_000;

/** Waits until midnight in UTC is over when it is near: what is said of today is then said and checked on one day. */
export async function clearOfMidnight(): Promise<void> {
  const leftMs = DAY_MS - (Date.now() % DAY_MS);
  if (leftMs < ROOM_MS) await sleep(leftMs);
}
