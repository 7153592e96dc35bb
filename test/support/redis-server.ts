import { programs } from './programs.js';
import type { ServerProcess } from './server-process.js';
import { startServer } from './server-process.js';

export interface RedisServer extends ServerProcess {
  readonly url: string;
}

export interface RedisServerOptions {
  /** To come back where a killed one was. */
  readonly port?: number;
  readonly maxmemoryPolicy?: string;
}

/** A Redis of one's own, for a test that flushes, kills or configures it. Kill it when done. */
export async function startRedis({
  port,
  maxmemoryPolicy = 'noeviction',
}: RedisServerOptions = {}): Promise<RedisServer> {
  const server = await startServer({
    name: 'redis-server',
    command: (await programs())['redis-server'],
    args: (at) => [
      ...['--bind', '127.0.0.1', '--port', String(at.port), '--dir', at.dataDir],
      ...['--save', '', '--appendonly', 'no', '--maxmemory-policy', maxmemoryPolicy],
    ],
    readyLine: 'Ready to accept connections',
    ...(port === undefined ? {} : { port }),
  });
  return { ...server, url: `redis://127.0.0.1:${server.port}` };
}
