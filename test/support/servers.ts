import { inject } from 'vitest';

declare module 'vitest' {
  interface ProvidedContext {
    /** Where {@link shared} asks the test run for what it started. */
    sharedServers: string;
  }
}

export const SHARED = ['redis', 'nats', 'hledger', 'event-node'] as const;
export type Shared = (typeof SHARED)[number];

/**
 * URL of the Redis that all test files share; started when first asked for, so ask in a hook. Use a key prefix of
 * your own; a test that flushes, kills or configures starts its own with `startRedis`.
 */
export const realRedis = (): Promise<string> => shared('redis');

/** URL of the shared NATS with JetStream: use a stream and subjects of your own, or `startNats`. */
export const realNats = (): Promise<string> => shared('nats');

/** Path of the `hledger` program. */
export const realHledger = (): Promise<string> => shared('hledger');

/** URL of an embedded event node that all test files share: use streams of your own, or `startEventNode`. */
export const realEventNode = (): Promise<string> => shared('event-node');

async function shared(what: Shared): Promise<string> {
  const response = await fetch(`${inject('sharedServers')}/${what}`);
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return text;
}
