import { Gauge } from 'prom-client';
import { type Currency, currencyPlaces } from '../domain/values/currency.js';
import { formatDecimal } from '../domain/values/money.js';
import type { Clock } from '../ports/clock.js';
import type { Reconciliation } from '../queries/reconciliation/reconciliation.js';
import { differenceCounts } from '../queries/reconciliation/verdict.js';
import type { ServiceMetrics } from './metrics.js';

/** What the newest reconciliation has found; nothing before the first. */
export function observeReconciliation(
  { registry }: ServiceMetrics,
  reconciliation: Reconciliation,
  clock: Clock,
): void {
  const registers = [registry];
  const startedAt = clock.now();
  new Gauge({
    name: 'stockfold_reconciliation_differences',
    help: 'What the newest reconciliation found to differ, by part.',
    labelNames: ['part'],
    registers,
    collect() {
      this.reset();
      if (reconciliation.newest === undefined) return;
      for (const [part, count] of differenceCounts(reconciliation.newest)) this.set({ part }, count);
    },
  });
  new Gauge({
    name: 'stockfold_reconciliation_unexplained',
    help: 'What the ERP holds on an account beyond what was delivered, over all months; only where it differs.',
    labelNames: ['connector', 'account', 'currency'],
    registers,
    collect() {
      this.reset();
      for (const { connector, accounts } of reconciliation.newest?.erps ?? []) {
        for (const { account, currency, delivered, erp } of accounts ?? []) {
          const apart = erp > delivered ? erp - delivered : delivered - erp;
          this.inc({ connector, account, currency }, major(apart, currency));
        }
      }
    },
  });
  new Gauge({
    name: 'stockfold_reconciliation_state',
    help: 'How the comparison with each ERP went: 1 for what it is.',
    labelNames: ['connector', 'state'],
    registers,
    collect() {
      this.reset();
      for (const { connector, state } of reconciliation.newest?.erps ?? []) this.set({ connector, state }, 1);
    },
  });
  new Gauge({
    name: 'stockfold_postings_open_amount',
    help: 'What is at stake with postings that wait, are parked, or were written off.',
    labelNames: ['connector', 'what', 'currency'],
    registers,
    collect() {
      this.reset();
      for (const { connector, open } of reconciliation.newest?.erps ?? []) {
        for (const { what, currency, worth } of open) this.set({ connector, what, currency }, major(worth, currency));
      }
    },
  });
  new Gauge({
    name: 'stockfold_postings_open_oldest_age_seconds',
    help: 'Since when the oldest posting that waits, or is parked, was so at the newest reconciliation; 0 for none.',
    labelNames: ['connector', 'what'],
    registers,
    collect() {
      this.reset();
      const { newest } = reconciliation;
      for (const { connector, oldestWaitingAt, oldestParkedAt } of newest?.erps ?? []) {
        const age = (since = newest?.at ?? 0) => Math.max(0, (newest?.at ?? 0) - since) / 1_000;
        this.set({ connector, what: 'waiting' }, age(oldestWaitingAt));
        this.set({ connector, what: 'parked' }, age(oldestParkedAt));
      }
    },
  });
  new Gauge({
    name: 'stockfold_reconciliation_good_age_seconds',
    help: 'Since the newest reconciliation that found nothing to differ; since the start of the process before the first.',
    registers,
    collect() {
      this.set((clock.now() - (reconciliation.goodAt ?? startedAt)) / 1_000);
    },
  });
}

const major = (minor: bigint, currency: Currency): number => Number(formatDecimal(minor, currencyPlaces(currency)));
