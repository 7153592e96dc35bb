import { describe, expect, it } from 'vitest';
import { readNatsSettings } from '../../../src/adapters/erp/nats/settings.js';

describe('settings of postings on NATS', () => {
  it('are the server, and limits when they are set', () => {
    const NATS_URL = 'nats://user:word@one:4222,nats://two:4222';
    expect(readNatsSettings({ NATS_URL })).toEqual({ url: NATS_URL, timeoutMs: 5_000, batchLimit: 200, parallel: 8 });
    const limits = { ERP_TIMEOUT_MS: '250', ERP_BATCH_LIMIT: '10', ERP_PARALLEL: '2' };
    expect(readNatsSettings({ NATS_URL, ...limits })).toMatchObject({ timeoutMs: 250, batchLimit: 10, parallel: 2 });
  });

  it.each([
    ['NATS_URL', undefined, 'ERP_CONNECTOR=nats needs NATS_URL'],
    ['NATS_URL', 'http://one:4222', 'NATS_URL must be nats://host:4222'],
    ['NATS_URL', 'nats://one:4222,two:4222', 'NATS_URL must be nats://host:4222'],
    ['ERP_TIMEOUT_MS', '5s', 'ERP_TIMEOUT_MS must be a whole number'],
  ])('that are wrong say what to do: %s=%s', (name, value, message) => {
    expect(() => readNatsSettings({ NATS_URL: 'nats://one:4222', [name]: value })).toThrow(message);
  });
});
