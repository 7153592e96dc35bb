import type { ConnectionOptions, JetStreamManager, NatsConnection, StreamConfig } from 'nats';
import { connect, NatsError } from 'nats';

const CONNECT_TIMEOUT_MS = 3_000;
/** Between attempts to connect again. */
const RECONNECT_MS = 500;
const STREAM_NOT_FOUND = 10_059;

/** Connects, and goes on connecting by itself once it has. @throws when the server cannot be reached at first */
export const connectTo = (url: string): Promise<NatsConnection> => connect(connectionOptions(url));

/** The client takes no credentials in a server's address, so they are taken out of it here. */
export function connectionOptions(url: string): ConnectionOptions {
  const servers = url.split(',').map((server) => new URL(server));
  const [first] = servers;
  const user = decodeURIComponent(first?.username ?? '');
  const pass = decodeURIComponent(first?.password ?? '');
  return {
    servers: servers.map(({ host }) => host),
    name: 'stockfold',
    timeout: CONNECT_TIMEOUT_MS,
    maxReconnectAttempts: -1,
    reconnectTimeWait: RECONNECT_MS,
    ...(first?.protocol === 'tls:' ? { tls: {} } : {}),
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
  };
}

/** Not escaped by URI encoding, but with a meaning in NATS subjects. */
const NATS_SPECIAL = /[.*]/g;

/** A path as a NATS subject: one token a segment, percent-encoded, dots too. */
export function natsSubject(prefix: string, path: string): string {
  return [prefix, ...path.split('/').map(token)].join('.');
}

const token = (segment: string): string =>
  encodeURIComponent(segment).replace(NATS_SPECIAL, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/**
 * Makes the stream when it is not there. One that is there keeps what somebody set, but takes these subjects and no
 * others.
 */
export async function ensureStream(
  { streams }: JetStreamManager,
  wanted: Partial<StreamConfig> & { readonly name: string; readonly subjects: string[] },
): Promise<void> {
  try {
    const { config } = await streams.info(wanted.name);
    if (!sameSubjects(config.subjects, wanted.subjects)) {
      await streams.update(wanted.name, { subjects: wanted.subjects });
    }
  } catch (error) {
    if (!isApiError(error, STREAM_NOT_FOUND)) throw error;
    await streams.add(wanted);
  }
}

const sameSubjects = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((subject) => other.includes(subject));

/** Whether JetStream answered with this error code of its own. */
export const isApiError = (error: unknown, code: number): boolean =>
  error instanceof NatsError && error.api_error?.err_code === code;

/** What went wrong, in words. */
export const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
