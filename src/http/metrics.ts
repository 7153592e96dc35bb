import { Counter, collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import type { ProjectionStatus } from '../projections/run.js';
import { RequestDurations } from './request-durations.js';

/** What the service counts about itself; `/metrics` shows it. */
export class ServiceMetrics {
  readonly registry = new Registry();

  readonly movements = new Counter({
    name: 'stockfold_movements_total',
    help: 'Movement lines by what became of them.',
    labelNames: ['status'],
    registers: [this.registry],
  });

  readonly reservations = new Counter({
    name: 'stockfold_reservations_total',
    help: 'Reservation attempts by outcome.',
    labelNames: ['outcome'],
    registers: [this.registry],
  });

  readonly requests = new RequestDurations(this.registry);

  private readonly projectionPosition = new Gauge({
    name: 'stockfold_projection_position',
    help: 'Position up to which each projection has dealt with the streams.',
    labelNames: ['projection'],
    registers: [this.registry],
  });

  private readonly projectionFailures = new Gauge({
    name: 'stockfold_projection_failures',
    help: 'Failures in a row of each projection; 0 when it goes well.',
    labelNames: ['projection'],
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
  }

  observeProjections(statuses: readonly ProjectionStatus[]): void {
    for (const { name, position, failures } of statuses) {
      this.projectionPosition.set({ projection: name }, Number(position));
      this.projectionFailures.set({ projection: name }, failures);
    }
  }
}
