import { describe, expect, it } from 'vitest';
import { parseErpConfig } from '../../src/app/erp-config.js';
import { InvalidSetting } from '../../src/app/settings.js';

const KINDS = ['journal', 'tryton'];
const ENV = { ERP_DATABASE: 'books', NEW_ERP_PASSWORD: 'secret' };
const parse = (config: unknown) => parseErpConfig(JSON.stringify(config), KINDS, ENV);

describe('several ERPs side by side', () => {
  it('each with a name, a kind, a pace and settings of its own beside those of the environment', () => {
    const [old, next] = parse({
      connectors: [
        { kind: 'journal' },
        {
          name: 'new-erp',
          kind: 'tryton',
          postingsPerSecond: 20,
          settings: { ERP_URL: 'http://127.0.0.1:8000', ERP_PASSWORD: '$NEW_ERP_PASSWORD' },
        },
      ],
    });
    expect(old).toEqual({ name: 'journal', kind: 'journal', settings: ENV });
    expect(next).toEqual({
      name: 'new-erp',
      kind: 'tryton',
      postingsPerSecond: 20,
      settings: { ...ENV, ERP_URL: 'http://127.0.0.1:8000', ERP_PASSWORD: 'secret' },
    });
  });

  it('one of middleware with a server of its own', () => {
    const settings = { NATS_URL: 'nats://books:4222' };
    const [one] = parseErpConfig(JSON.stringify({ connectors: [{ kind: 'nats', settings }] }), ['nats'], {
      NATS_URL: 'nats://feed:4222',
    });
    expect(one?.settings.NATS_URL).toBe('nats://books:4222');
  });

  it.each([
    ['no list', {}, /connectors must be a list/],
    ['an empty list', { connectors: [] }, /at least one/],
    ['a field nobody knows', { connectors: [{ kind: 'journal' }], other: 1 }, /field other/],
    ['a kind nobody knows', { connectors: [{ kind: 'ledger' }] }, /one of journal, tryton/],
    ['two of one name', { connectors: [{ kind: 'journal' }, { kind: 'journal' }] }, /two connectors are named journal/],
    ['a name that no stream can have', { connectors: [{ kind: 'journal', name: 'Old ERP' }] }, /name must be/],
    ['a pace of nothing', { connectors: [{ kind: 'journal', postingsPerSecond: 0 }] }, /above 0/],
    [
      'a setting of something else',
      { connectors: [{ kind: 'journal', settings: { PORT: '1' } }] },
      /PORT is no setting/,
    ],
    ['a number for a text', { connectors: [{ kind: 'journal', settings: { ERP_X: 1 } }] }, /ERP_X must be a text/],
    [
      'a secret that is not set',
      { connectors: [{ kind: 'journal', settings: { ERP_X: '$NOPE' } }] },
      /NOPE, which is not/,
    ],
  ])('%s is told', (_, config, message) => {
    expect(() => parse(config)).toThrow(InvalidSetting);
    expect(() => parse(config)).toThrow(message);
  });

  it('a file that is no JSON is told', () => {
    expect(() => parseErpConfig('{', KINDS, ENV)).toThrow(/no JSON/);
  });
});
