import type { PageLimit } from '../storage/event-rows.js';

/** What a read takes in one turn. */
export const PAGE: PageLimit = { events: 64, bytes: 65_536 };

/** Lets one read take one page in each turn of the event loop, so that appends wait for one page, not for every read. */
export class ReadTurns {
  readonly #waiting: Array<() => void> = [];

  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (this.#waiting.length === 1) setImmediate(() => this.#grant());
    });
  }

  #grant(): void {
    this.#waiting.shift()?.();
    if (this.#waiting.length > 0) setImmediate(() => this.#grant());
  }
}
