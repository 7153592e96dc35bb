import type { ServerHttp2Session } from 'node:http2';
import type { Server } from '@grpc/grpc-js';

/**
 * What a client may send ahead of being read. HTTP/2's default of 64 KiB is one append of a hundred events: the client
 * would wait for the node with each, and the node then for the client.
 */
const CALL_BYTES = 1_048_576;
const CONNECTION_BYTES = 2 * CALL_BYTES;

interface SessionSource {
  on(event: 'session', listener: (session: ServerHttp2Session) => void): unknown;
}

/**
 * Widens the window of every connection to come. gRPC has an option for this on the client's side only, so the server
 * is told through the listeners below it; where they cannot be found it stays as it is, only slower.
 */
export function widenReceiveWindow(server: Server): void {
  const listeners: unknown = Reflect.get(server, 'http2Servers');
  if (!(listeners instanceof Map)) return;
  for (const listener of listeners.keys() as Iterable<SessionSource>) {
    listener.on('session', (session) => {
      session.settings({ initialWindowSize: CALL_BYTES });
      session.setLocalWindowSize(CONNECTION_BYTES);
    });
  }
}
