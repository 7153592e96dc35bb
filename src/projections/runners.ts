import { type Position, START } from '../ports/event-store.js';
import type { ProjectionRunner, ProjectionStatus } from './run.js';

/** The projections that this process runs. */
export class Runners {
  private readonly runners = new Map<string, ProjectionRunner>();
  /** Where each had to get to before the service counted as ready: the head seen at start. */
  private readonly targets = new Map<string, Position>();

  /** Starts one; the service is ready when it has reached the target. */
  start(runner: ProjectionRunner, target: Position): void {
    const { name } = runner.status();
    this.runners.set(name, runner);
    this.targets.set(name, target);
    runner.start();
  }

  statuses(): readonly ProjectionStatus[] {
    return [...this.runners.values()].map((runner) => runner.status());
  }

  /** The projections that have not yet reached the head seen at start, or not even begun. */
  catchingUp(): readonly string[] {
    return this.statuses()
      .filter(
        ({ name, position, live }) => position < (this.targets.get(name) ?? START) || (position === START && !live),
      )
      .map(({ name }) => name);
  }

  async stop(): Promise<void> {
    await Promise.all([...this.runners.values()].map((runner) => runner.stop()));
  }
}
