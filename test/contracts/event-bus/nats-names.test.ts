import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { connectionOptions, natsSubject } from '../../../src/adapters/nats.js';

describe('the address of NATS', () => {
  it.each([
    ['nats://127.0.0.1:4222', { servers: ['127.0.0.1:4222'] }],
    ['nats://a:4222,nats://b:4222', { servers: ['a:4222', 'b:4222'] }],
    ['nats://shop:p%40ss@a:4222', { servers: ['a:4222'], user: 'shop', pass: 'p@ss' }],
    ['nats://s3cret@a:4222', { servers: ['a:4222'], token: 's3cret' }],
    ['tls://a:4222', { servers: ['a:4222'], tls: {} }],
  ])('%s', (url, expected) => {
    const { name, timeout, maxReconnectAttempts, reconnectTimeWait, ...options } = connectionOptions(url);
    expect(options).toEqual(expected);
    expect({ name, timeout, maxReconnectAttempts, reconnectTimeWait }).toEqual({
      name: 'stockfold',
      timeout: 3_000,
      maxReconnectAttempts: -1,
      reconnectTimeWait: 500,
    });
  });
});

describe('the subject of an event', () => {
  it('has one token a segment and can be read back, whatever the segments are', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ minLength: 1, unit: 'grapheme' }), { minLength: 1 }), (segments) => {
        const path = segments.map((segment) => segment.replaceAll('/', '-'));
        const tokens = natsSubject('stockfold', path.join('/')).split('.');
        expect(tokens.slice(1).map(decodeURIComponent)).toEqual(path);
        expect(tokens.join('')).not.toMatch(/[*>\s]/);
      }),
    );
  });
});
