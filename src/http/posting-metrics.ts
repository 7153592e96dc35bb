import { Counter, Gauge } from 'prom-client';
import type { Instant } from '../domain/values/instant.js';
import type { Clock } from '../ports/clock.js';
import type { PostingsBook } from '../ports/postings-book.js';
import { BREAKER_STATES } from '../projections/erp-delivery/circuit-breaker.js';
import type { GateStatus } from '../projections/erp-delivery/erp-gate.js';
import type { ServiceMetrics } from './metrics.js';

/**
 * How postings stand with each connector, from the book, for processes that have one.
 * @param dueAt when a posting is to be sent whose movement was recorded then
 */
export function observePostings(
  { registry }: ServiceMetrics,
  book: PostingsBook,
  clock: Clock,
  dueAt: (connector: string, recordedAt: Instant) => Instant,
): void {
  const registers = [registry];
  const labelNames = ['connector'];
  new Gauge({
    name: 'stockfold_postings_pending',
    help: 'Postings on their way to the ERP, tried again, or held back behind a parked one.',
    labelNames,
    registers,
    collect() {
      for (const { connector, pending } of book.counts()) this.set({ connector }, pending);
    },
  });
  new Gauge({
    name: 'stockfold_postings_parked',
    help: 'Postings that wait for a person.',
    labelNames,
    registers,
    collect() {
      for (const { connector, parked } of book.counts()) this.set({ connector }, parked);
    },
  });
  new Gauge({
    name: 'stockfold_postings_oldest_age_seconds',
    help: 'Age of the oldest posting that is pending or parked; 0 when there is none.',
    labelNames,
    registers,
    collect() {
      for (const { connector, oldestAt } of book.counts()) {
        this.set({ connector }, oldestAt === undefined ? 0 : Math.max(0, clock.now() - oldestAt) / 1_000);
      }
    },
  });
  new Gauge({
    name: 'stockfold_postings_overdue_seconds',
    help: 'How long the oldest posting that is pending or parked should have been sent; where postings are summed, from the end of their period on.',
    labelNames,
    registers,
    collect() {
      for (const { connector, oldestAt } of book.counts()) {
        const since = oldestAt === undefined ? clock.now() : dueAt(connector, oldestAt);
        this.set({ connector }, Math.max(0, clock.now() - since) / 1_000);
      }
    },
  });
}

/** How the ERPs answer, for the process that posts to them. */
export function observeErps({ registry }: ServiceMetrics, statuses: () => readonly GateStatus[]): void {
  const registers = [registry];
  new Gauge({
    name: 'stockfold_erp_breaker',
    help: 'State of the circuit breaker in front of each ERP: 1 for the one it is in.',
    labelNames: ['connector', 'state'],
    registers,
    collect() {
      for (const { connector, breaker } of statuses()) {
        for (const state of BREAKER_STATES) this.set({ connector, state }, state === breaker ? 1 : 0);
      }
    },
  });
  new Counter({
    name: 'stockfold_erp_attempts_total',
    help: 'Calls to each ERP, by whether anything of them came to an end, or it asked for time.',
    labelNames: ['connector', 'outcome'],
    registers,
    collect() {
      this.reset();
      for (const { connector, answered, failed, throttled } of statuses()) {
        this.inc({ connector, outcome: 'answered' }, answered);
        this.inc({ connector, outcome: 'failed' }, failed);
        this.inc({ connector, outcome: 'throttled' }, throttled);
      }
    },
  });
}
