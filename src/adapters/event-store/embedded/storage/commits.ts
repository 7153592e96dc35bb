type Wake = () => void;

/** Wakes those who wait for new events, after the commit that made them durable. */
export class Commits {
  #waitingForAny = new Set<Wake>();
  readonly #waitingForStream = new Map<string, Set<Wake>>();

  /** Resolves at the next commit, of this stream if named, or when `signal` aborts. */
  next(signal: AbortSignal, stream?: string): Promise<void> {
    return new Promise((resolve) => {
      const wake = () => {
        signal.removeEventListener('abort', wake);
        if (stream === undefined) this.#waitingForAny.delete(wake);
        else this.#leave(stream, wake);
        resolve();
      };
      if (signal.aborted) return resolve();
      signal.addEventListener('abort', wake, { once: true });
      if (stream === undefined) this.#waitingForAny.add(wake);
      else this.#join(stream, wake);
    });
  }

  announce(streams: readonly string[]): void {
    const waiting = this.#waitingForAny;
    this.#waitingForAny = new Set();
    for (const wake of waiting) wake();
    if (this.#waitingForStream.size === 0) return;
    for (const stream of streams) for (const wake of [...(this.#waitingForStream.get(stream) ?? [])]) wake();
  }

  #join(stream: string, wake: Wake): void {
    const waiting = this.#waitingForStream.get(stream) ?? new Set();
    waiting.add(wake);
    this.#waitingForStream.set(stream, waiting);
  }

  #leave(stream: string, wake: Wake): void {
    const waiting = this.#waitingForStream.get(stream);
    waiting?.delete(wake);
    if (waiting?.size === 0) this.#waitingForStream.delete(stream);
  }
}
