import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readConfig } from '../../src/app/config.js';
import { InvalidSetting } from '../../src/app/settings.js';

describe('settings', () => {
  it('are those of a single shop on loopback when nothing is set', () => {
    const config = readConfig({});
    expect(config).toMatchObject({ host: '127.0.0.1', port: 3000, timeZone: 'UTC' });
    expect(config.erps).toEqual([{ name: 'journal', connector: { kind: 'journal' }, chart: undefined }]);
    expect(config.dataDir).toMatch(/\/data$/);
    expect(config.keysFile).toMatch(/\/data\/keys\.json$/);
    expect([...config.roles]).toEqual(['api', 'projector', 'poster']);
    expect([config.eventStoreUrl, config.redisUrl, config.natsUrl]).toEqual([undefined, undefined, undefined]);
  });

  it('have no default connector on a cluster', () => {
    expect(readConfig({ EVENTSTORE_URL: 'esdb://a:2113,b:2113?tls=false' }).erps).toEqual([]);
  });

  it('name a part of a cluster that others use too', () => {
    const cluster = { EVENTSTORE_URL: 'esdb://a:2113' };
    expect(readConfig(cluster).eventStoreNamespace).toBe(undefined);
    expect(readConfig({ ...cluster, EVENTSTORE_NAMESPACE: 'shop_2' }).eventStoreNamespace).toBe('shop_2');
    for (const name of ['2nd', 'Shop', 'shop.', 'shop-a', '$shop', 'a b', 's'.repeat(33)]) {
      const wrong = () => readConfig({ ...cluster, EVENTSTORE_NAMESPACE: name });
      expect(wrong).toThrow(`EVENTSTORE_NAMESPACE must be a letter and up to 31 letters, digits or underscores`);
      expect(wrong).toThrow(`it is "${name}"`);
    }
    expect(() => readConfig({ EVENTSTORE_NAMESPACE: 'shop' })).toThrow('it needs EVENTSTORE_URL');
  });

  it('that are empty are not set', () => {
    expect(readConfig({ REDIS_URL: '', ROLES: '' })).toMatchObject({ redisUrl: undefined });
  });

  it('give an entry file the roles it is for', () => {
    expect([...readConfig({ ROLES: 'api' }, ['poster']).roles]).toEqual(['poster']);
    expect([...readConfig({ ROLES: 'api, poster' }).roles]).toEqual(['api', 'poster']);
  });

  it('of an ERP are its address as it is, or a server and a database', () => {
    const tryton = { ERP_CONNECTOR: 'tryton', ERP_USER: 'connector', ERP_PASSWORD: 'secret' };
    const addressOf = (env: Record<string, string>) => {
      const connector = readConfig(env).erps[0]?.connector;
      return connector?.kind === 'tryton' ? connector.address : undefined;
    };
    const urlOf = (more: object) => addressOf({ ...tryton, ...more })?.url;
    expect(urlOf({ ERP_URL: 'http://erp:8000/books/', ERP_DATABASE: 'books' })).toBe('http://erp:8000/books/');
    expect(urlOf({ ERP_URL: 'https://erp', ERP_DATABASE: 'books' })).toBe('https://erp/books/');
    expect(() => urlOf({ ERP_URL: 'http://' })).toThrow('ERP_URL must be a whole address');
    expect(() => urlOf({ ERP_URL: 'http://me:secret@erp/' })).toThrow('ERP_URL must hold no user or password');
    const impatient = { ...tryton, ERP_URL: 'http://erp/', ERP_TIMEOUT_MS: '0' };
    expect(() => readConfig(impatient)).toThrow('ERP_TIMEOUT_MS must be a whole number of milliseconds');
    expect(addressOf({ ...impatient, ERP_TIMEOUT_MS: '2500' })?.timeoutMs).toBe(2_500);
    expect(() => urlOf({ ERP_URL: 'erp:8000' })).toThrow('ERP_URL must start with http:// or https://');
  });

  it('of an integrator or of middleware are read for their connector alone', () => {
    const http = { ERP_CONNECTOR: 'http', ERP_URL: 'https://erp.example', ERP_SECRET: 'x'.repeat(32) };
    expect(readConfig(http).erps).toMatchObject([
      { name: 'http', connector: { kind: 'http', endpoint: { url: 'https://erp.example' } } },
    ]);
    const nats = { ERP_CONNECTOR: 'nats', NATS_URL: 'nats://one:4222' };
    expect(readConfig(nats).erps).toMatchObject([{ connector: { kind: 'nats', server: { url: 'nats://one:4222' } } }]);
    expect(readConfig({ NATS_URL: 'nats://one:4222' }).erps).toMatchObject([{ name: 'journal' }]);
  });

  it('of several ERPs side by side stand in a file', () => {
    const file = join(mkdtempSync(join(tmpdir(), 'stockfold-config-')), 'erps.json');
    const connectors = [
      { kind: 'journal', postingsPerSecond: 50 },
      { kind: 'http', name: 'next', settings: { ERP_URL: 'https://erp.example', ERP_SECRET: '$NEXT_SECRET' } },
    ];
    writeFileSync(file, JSON.stringify({ connectors }));
    const env = { ERP_CONFIG: file, NEXT_SECRET: 'x'.repeat(32) };
    expect(readConfig(env).erps).toMatchObject([
      { name: 'journal', postingsPerSecond: 50 },
      { name: 'next', connector: { endpoint: { secret: 'x'.repeat(32) } } },
    ]);
    expect(() => readConfig({ ...env, ERP_CONNECTOR: 'journal' })).toThrow('either ERP_CONFIG or ERP_CONNECTOR');
    expect(() => readConfig({ ERP_CONFIG: '/nowhere/erps.json' })).toThrow('ERP_CONFIG names /nowhere/erps.json');
  });

  it.each([
    ['PORT', 'abc', 'PORT must be a number'],
    ['PORT', '65536', 'PORT must be a number'],
    ['ROLES', 'api,cook', 'ROLES may hold api, projector, poster'],
    ['EVENTSTORE_URL', 'http://127.0.0.1:2113', 'EVENTSTORE_URL must start with esdb://'],
    ['REDIS_URL', '127.0.0.1:6379', 'REDIS_URL must start with redis://'],
    ['NATS_URL', 'http://127.0.0.1', 'NATS_URL must start with nats://'],
    ['TIME_ZONE', 'Mars/Olympus', 'TIME_ZONE must be an IANA zone'],
    ['COSTING', 'lifo', 'costing may be moving-average or fifo'],
    ['WRITE_DOWN_DAMAGED', 'yes', 'WRITE_DOWN_DAMAGED may be true or false'],
    ['RULES_VERSION', '1', 'version must be a whole number'],
    ['ERP_CONNECTOR', 'abacus', 'ERP_CONNECTOR may be journal or tryton'],
    ['ERP_CONNECTOR', 'tryton', 'ERP_CONNECTOR=tryton needs ERP_URL'],
    ['ERP_CONNECTOR', 'http', 'ERP_CONNECTOR=http needs ERP_URL'],
    ['ERP_CONNECTOR', 'nats', 'ERP_CONNECTOR=nats needs NATS_URL'],
  ])('that are wrong say what to do: %s=%s', (name, value, message) => {
    expect(() => readConfig({ [name]: value })).toThrow(InvalidSetting);
    expect(() => readConfig({ [name]: value })).toThrow(message);
  });
});
