import { Clock } from '../../src/ports/clock.js';

/** A clock that stands until the test moves it. */
export class FixedClock extends Clock {
  constructor(private instant: number) {
    super();
  }

  now(): number {
    return this.instant;
  }

  set(instant: number): void {
    this.instant = instant;
  }
}
