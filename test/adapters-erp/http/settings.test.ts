import { describe, expect, it } from 'vitest';
import { readHttpSettings } from '../../../src/adapters/erp/http/settings.js';
import { InvalidErpSetting } from '../../../src/adapters/erp/invalid-setting.js';

const SECRET = 'x'.repeat(32);
const NEEDED = { ERP_URL: 'https://erp.example/stockfold/', ERP_SECRET: SECRET };

describe('settings of an HTTP endpoint', () => {
  it('are an address and a secret, and limits when they are set', () => {
    const settings = { url: 'https://erp.example/stockfold', secret: SECRET };
    expect(readHttpSettings(NEEDED)).toEqual({ ...settings, timeoutMs: 15_000, batchLimit: 100, parallel: 4 });
    const limits = { ERP_TIMEOUT_MS: '2000', ERP_BATCH_LIMIT: '500', ERP_PARALLEL: '' };
    expect(readHttpSettings({ ...NEEDED, ...limits })).toMatchObject({
      timeoutMs: 2_000,
      batchLimit: 500,
      parallel: 4,
    });
  });

  it.each(['http://127.0.0.1:8080', 'http://localhost:8080/erp', 'http://[::1]:8080'])(
    'allow plain HTTP on this machine: %s',
    (url) => {
      expect(readHttpSettings({ ...NEEDED, ERP_URL: url }).url).toBe(url);
    },
  );

  it.each([
    ['ERP_URL', '', 'ERP_CONNECTOR=http needs ERP_URL'],
    ['ERP_SECRET', undefined, 'ERP_CONNECTOR=http needs ERP_SECRET'],
    ['ERP_URL', 'erp.example', 'ERP_URL must be a URL'],
    ['ERP_URL', 'ftp://erp.example', 'ERP_URL must start with https://'],
    ['ERP_URL', 'http://erp.example', 'ERP_URL must start with https://'],
    ['ERP_URL', 'http://127.0.0.1.example', 'ERP_URL must start with https://'],
    ['ERP_URL', 'http://localhost@erp.example', 'ERP_URL must start with https://'],
    ['ERP_URL', 'https://user:word@erp.example', 'ERP_URL must not hold credentials'],
    ['ERP_URL', 'https://erp.example/?tenant=7', 'ERP_URL must end with its path'],
    ['ERP_TIMEOUT_MS', '99', 'ERP_TIMEOUT_MS must be a whole number from 100 to 300000; it is "99"'],
    ['ERP_BATCH_LIMIT', '1e2', 'ERP_BATCH_LIMIT must be a whole number from 1 to 1000'],
    ['ERP_PARALLEL', '0', 'ERP_PARALLEL must be a whole number from 1 to 32'],
  ])('that are wrong say what to do: %s=%s', (name, value, message) => {
    expect(() => readHttpSettings({ ...NEEDED, [name]: value })).toThrow(InvalidErpSetting);
    expect(() => readHttpSettings({ ...NEEDED, [name]: value })).toThrow(message);
  });

  it('never show the secret', () => {
    const told = () => readHttpSettings({ ...NEEDED, ERP_SECRET: 'too-short' });
    expect(told).toThrow('ERP_SECRET must have at least 32 characters');
    expect(told).not.toThrow('too-short');
  });
});
