import { type Position, START } from '../ports/event-store.js';
import type { ProjectionRunner, ProjectionStatus } from './run.js';

/** The projections that this process runs. */
export class Runners {
  private readonly runners = new Map<string, ProjectionRunner>();
  /** Where each read model had to get to before the service counted as ready: the head seen at start. */
  private readonly targets = new Map<string, Position>();

  /** @param target where it has to get to before the service is ready; undefined when nobody waits for it */
  start(runner: ProjectionRunner, target: Position | undefined): void {
    const { name } = runner.status();
    this.runners.set(name, runner);
    if (target !== undefined) this.targets.set(name, target);
    runner.start();
  }

  all(): readonly ProjectionRunner[] {
    return [...this.runners.values()];
  }

  named(name: string): ProjectionRunner | undefined {
    return this.runners.get(name);
  }

  statuses(): readonly ProjectionStatus[] {
    return this.all().map((runner) => runner.status());
  }

  /** The read models that have not yet reached the head seen at start, or not even begun. */
  catchingUp(): readonly string[] {
    return this.statuses()
      .filter(({ name, position, live }) => {
        const target = this.targets.get(name);
        return target !== undefined && (position < target || (position === START && !live));
      })
      .map(({ name }) => name);
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((runner) => runner.stop()));
  }
}
