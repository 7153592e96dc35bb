const LANES = 4;
const BATCH_SIZE = 1_000;

interface Lane<T> {
  waiting: T[];
  flight: Promise<void>;
}

/**
 * Sends items in batches, several in flight, yet those of one stream strictly in the order given: a stream always takes
 * the same lane, and a lane has one batch in flight, tried again until it is answered. Order decides what the service
 * reports: an opening receipt must arrive before the sales it covers, or they are oversold.
 */
export class Lanes<T> {
  readonly #lanes: readonly Lane<T>[] = Array.from({ length: LANES }, () => ({
    waiting: [],
    flight: Promise.resolve(),
  }));
  readonly #stopped: AbortController;

  /** `send` resolves once the batch is answered; its failure stops every lane, as does `stopped`. */
  constructor(
    stopped: AbortController,
    private readonly send: (batch: readonly T[], signal: AbortSignal) => Promise<void>,
  ) {
    this.#stopped = stopped;
  }

  /** Takes one item of a stream; waits while its lane is busy, so that no more than a batch a lane is held back. */
  async push(stream: string, item: T): Promise<void> {
    this.#stopped.signal.throwIfAborted();
    const lane = this.#lanes[hash(stream) % LANES];
    if (lane === undefined) return;
    lane.waiting.push(item);
    if (lane.waiting.length >= BATCH_SIZE) await this.#dispatch(lane);
  }

  /** Sends what still waits and resolves when every batch is answered. Throws what stopped the lanes. */
  async flush(): Promise<void> {
    await Promise.all(this.#lanes.map((lane) => this.#dispatch(lane)));
    await Promise.all(this.#lanes.map((lane) => lane.flight));
    this.#stopped.signal.throwIfAborted();
  }

  async #dispatch(lane: Lane<T>): Promise<void> {
    await lane.flight;
    if (this.#stopped.signal.aborted || lane.waiting.length === 0) return;
    const batch = lane.waiting;
    lane.waiting = [];
    lane.flight = this.send(batch, this.#stopped.signal).catch((error: unknown) => this.#stopped.abort(error));
  }
}

/** FNV-1a, 32 bits: spreads streams evenly over the lanes. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
  }
  return value >>> 0;
}
