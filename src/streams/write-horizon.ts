import type { Position } from '../ports/event-store.js';

/**
 * How far into the store this process has written, for the only process that writes these streams. A store answers an
 * append that repeats what a stream begins with as if it had written it; its position then lies before the horizon.
 */
export class WriteHorizon {
  private position: Position | undefined;

  /** Undefined when an append may have been written that nobody has heard of. */
  get known(): Position | undefined {
    return this.position;
  }

  advance(position: Position): void {
    if (this.position === undefined || position > this.position) this.position = position;
  }

  lose(): void {
    this.position = undefined;
  }
}
