import { describe, expect, it } from 'vitest';
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
      lastError: 'internal error',
    });
  });
});
