import { describe, expect, it } from 'vitest';
import { type ErpOutcome, ErpRests } from '../../../src/ports/erp.js';
import { CircuitBreaker } from '../../../src/projections/erp-delivery/circuit-breaker.js';
import { DeliveryDelayed, ErpGate } from '../../../src/projections/erp-delivery/erp-gate.js';
import { TokenBucket } from '../../../src/projections/erp-delivery/token-bucket.js';
import { saleOf, sales } from '../../erp/postings.js';
import { TrialErp } from './trial-erp.js';

describe('the circuit breaker', () => {
  const options = { threshold: 2, firstOpenMs: 1_000, mostOpenMs: 4_000 };

  it('opens after failures in a row, lets one probe through later, and stays away longer each time that fails', () => {
    let now = 0;
    const breaker = new CircuitBreaker(() => now, options);
    breaker.failed();
    breaker.succeeded();
    breaker.failed();
    expect(breaker.state).toBe('closed');
    breaker.failed();
    expect(breaker.state).toBe('open');
    expect(breaker.admit()).toBe(false);
    for (const openMs of [1_000, 2_000, 4_000, 4_000]) {
      now += openMs * 0.75 - 1;
      expect(breaker.admit()).toBe(false);
      now += openMs / 4 + 1;
      expect(breaker.admit()).toBe(true);
      expect(breaker.state).toBe('half-open');
      expect(breaker.admit()).toBe(false);
      breaker.failed();
    }
    now += 4_000;
    expect(breaker.admit()).toBe(true);
    breaker.succeeded();
    expect(breaker.state).toBe('closed');
    expect(breaker.admit()).toBe(true);
  });
});

describe('the token bucket', () => {
  it('lets a second’s worth go at once, and makes the rest wait for its time', () => {
    let now = 0;
    const bucket = new TokenBucket(10, () => now);
    expect(bucket.take(10)).toBe(0);
    expect(bucket.take(5)).toBe(500);
    expect(bucket.take(5)).toBe(1_000);
    now = 3_000;
    expect(bucket.take(10)).toBe(0);
  });
});

describe('the gate to an ERP', () => {
  const gateTo = (erp: TrialErp, options = {}) => new ErpGate(erp, () => performance.now(), options);

  it('never makes more calls at a time than the ERP takes', async () => {
    const erp = new TrialErp();
    erp.parallel = 2;
    const gate = gateTo(erp);
    await Promise.all(sales(20).map((sale) => gate.post([sale])));
    expect(erp.booked).toHaveLength(20);
    expect(erp.mostAtOnce).toBe(2);
  });

  it('never sends more in a batch than may go in a second', () => {
    const erp = new TrialErp();
    erp.batchLimit = 50;
    expect(gateTo(erp, { postingsPerSecond: 7.5 }).batchLimit).toBe(7);
    expect(gateTo(erp, { postingsPerSecond: 0.2 }).batchLimit).toBe(1);
    expect(gateTo(erp).batchLimit).toBe(50);
  });

  it('sends nothing more once the poster stops, also not what waits for its turn', async () => {
    const erp = new TrialErp();
    const gate = gateTo(erp, { postingsPerSecond: 0.01 });
    const stopping = new AbortController();
    gate.stopOn(stopping.signal);
    const late = gate.post([saleOf(1)]);
    stopping.abort();
    await expect(late).rejects.toThrow(DeliveryDelayed);
    expect(erp.calls).toBe(0);
  });

  it('waits for an ERP that asks for time, sends once more, and counts it as no failure', async () => {
    const erp = new TrialErp();
    let now = 0;
    const gate = new ErpGate(erp, () => now, { breaker: { threshold: 1 } });
    const answers: ErpOutcome[] = [
      { status: 'retry-later', applied: 'no', detail: 'slowly', restMs: 20 },
      { status: 'retry-later', applied: 'no', detail: 'slowly', restMs: 30 },
    ];
    const answer = erp.post.bind(erp);
    const askedAt: number[] = [];
    const startedAt = performance.now();
    erp.post = async (postings) => {
      now = performance.now() - startedAt;
      askedAt.push(now);
      const rest = answers.shift();
      return rest === undefined ? answer(postings) : postings.map(() => rest);
    };
    expect(await gate.post([saleOf(1)])).toEqual([{ status: 'posted' }]);
    expect(askedAt).toHaveLength(3);
    expect(askedAt[2]).toBeGreaterThanOrEqual(48);
    expect(gate.status()).toMatchObject({ breaker: 'closed', answered: 1, failed: 0, throttled: 2 });
  });

  it('sends nothing twice to one that asks for time and may have taken it', async () => {
    const erp = new TrialErp();
    const gate = gateTo(erp, { breaker: { threshold: 1 } });
    erp.post = async (postings) =>
      postings.map(() => ({ status: 'retry-later', applied: 'unknown', detail: 'maintenance', restMs: 5 }));
    await expect(gate.post([saleOf(1)])).rejects.toThrow('maintenance');
    expect(gate.status()).toMatchObject({ breaker: 'closed', failed: 0, throttled: 1 });
    erp.find = async () => {
      throw new ErpRests('maintenance', 5);
    };
    await expect(gate.find(['a'])).rejects.toThrow(DeliveryDelayed);
    expect(gate.status()).toMatchObject({ breaker: 'closed', failed: 0, throttled: 2 });
  });

  it('tells how it goes', async () => {
    const erp = new TrialErp();
    const gate = gateTo(erp);
    await gate.post([saleOf(1)]);
    erp.isDown = true;
    await gate.post([saleOf(2)]);
    expect(gate.status()).toEqual({
      connector: 'trial',
      breaker: 'closed',
      answered: 1,
      failed: 1,
      throttled: 0,
      lastError: 'internal error',
    });
  });
});
