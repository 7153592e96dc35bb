import type { ConnectionOptions } from 'nats';

const CONNECT_TIMEOUT_MS = 3_000;

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
    ...(first?.protocol === 'tls:' ? { tls: {} } : {}),
    ...(user === '' ? {} : pass === '' ? { token: user } : { user, pass }),
  };
}
