import { expect } from 'vitest';
import type { Instant } from '../../src/domain/values/instant.js';
import { Clock } from '../../src/ports/clock.js';
import type { EventStore } from '../../src/ports/event-store.js';
import { Log } from '../../src/ports/log.js';
import type { Projection } from '../../src/projections/run.js';
import { ProjectionRunner } from '../../src/projections/run.js';
import { RECORDED_AT } from './stock-events.js';

export class FixedClock extends Clock {
  constructor(private readonly instant: Instant = RECORDED_AT + 500) {
    super();
  }
  now(): Instant {
    return this.instant;
  }
}

/** Keeps what the runner complains about. */
export class LogLines extends Log {
  readonly lines: string[] = [];
  info(): void {}
  warn(_: string, facts?: Readonly<Record<string, unknown>>): void {
    this.lines.push(String(facts?.error));
  }
  error(message: string): void {
    this.lines.push(message);
  }
}

const REACH_TIMEOUT_MS = 20_000;

/** Runs the projection as a process does, until it is level with the store; then does the rest, and stops it. */
export async function following<T>(
  events: EventStore,
  projection: Projection,
  meanwhile: (runner: ProjectionRunner, log: LogLines) => Promise<T>,
): Promise<T> {
  const log = new LogLines();
  const runner = new ProjectionRunner(events, projection, log);
  runner.start();
  try {
    await expect.poll(() => runner.status().live, { interval: 2, timeout: REACH_TIMEOUT_MS }).toBe(true);
    await level(events, runner);
    return await meanwhile(runner, log);
  } finally {
    await runner.stop();
  }
}

export async function level(events: EventStore, runner: ProjectionRunner): Promise<void> {
  const head = await events.head([...runner.streamPrefixes]);
  expect(await runner.reached(head, REACH_TIMEOUT_MS)).toBe(true);
}
