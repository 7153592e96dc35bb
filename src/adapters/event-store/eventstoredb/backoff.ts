const FIRST_MS = 25;
const MOST_MS = 500;

/** Waits before attempt + 1, longer each time and never in step with others; not at all once the signal aborted. */
export function retryDelay(attempt: number, signal: AbortSignal): Promise<void> {
  const delayMs = Math.min(MOST_MS, FIRST_MS * 2 ** Math.min(attempt - 1, 10)) * (0.5 + Math.random() / 2);
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, delayMs);
    signal.addEventListener('abort', done);
  });
}
