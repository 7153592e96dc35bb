export class TimeIsUp extends Error {
  override readonly name = 'TimeIsUp';
}

/** @throws TimeIsUp when the promise has not settled in time; it goes on, and nobody minds how it ends. */
export async function within<T>(timeoutMs: number, promise: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    // After a busy moment of this process the answer may lie unread: it is read first, then missed.
    const miss = () => setImmediate(reject, new TimeIsUp(`no answer within ${timeoutMs} ms`));
    timer = setTimeout(miss, timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
