import { programs } from './programs.js';
import type { ServerProcess } from './server-process.js';
import { startServer } from './server-process.js';

export interface NatsServer extends ServerProcess {
  readonly url: string;
}

/**
 * A NATS with JetStream of one's own; `port` lets it come back where a killed one was, `storeDir` with what that one
 * kept. Kill it when done; a `storeDir` is the caller's to remove.
 */
export async function startNats({
  port,
  storeDir,
}: {
  readonly port?: number;
  readonly storeDir?: string;
} = {}): Promise<NatsServer> {
  const server = await startServer({
    name: 'nats-server',
    command: (await programs())['nats-server'],
    args: (at) => [
      '--addr',
      '127.0.0.1',
      '--port',
      String(at.port),
      '--jetstream',
      '--store_dir',
      storeDir ?? at.dataDir,
    ],
    readyLine: 'Server is ready',
    ...(port === undefined ? {} : { port }),
  });
  return { ...server, url: `nats://127.0.0.1:${server.port}` };
}
