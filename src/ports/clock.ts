import type { Instant } from '../domain/values/instant.js';

/** The time, so that a test or a second instance can have another. */
export abstract class Clock {
  abstract now(): Instant;
}
