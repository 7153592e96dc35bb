import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type ServerProcess, startServer } from './server-process.js';

const BUILT = process.env.STOCKFOLD_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url));

/** The built node, for whoever starts it in another way. */
export const EVENT_NODE_ENTRY = join(BUILT, 'eventstore.js');

export interface EventNodeForTest {
  /** For `new EventStoreDbEventStore({ url })`; the same over restarts. */
  readonly url: string;
  /** Ends it at once, as a crash would; its events stay. */
  kill9(): Promise<void>;
  /** Starts it again after {@link kill9}, on the same port and with the same events. */
  restart(): Promise<void>;
  /** Lets it hang, with its connections open, until `resume`. */
  pause(): void;
  resume(): void;
  /** Ends it and removes its events. */
  stop(): Promise<void>;
}

/** The built event node on a free port, with an empty folder of its own. */
export async function startEventNode(): Promise<EventNodeForTest> {
  const dataDir = await mkdtemp(join(tmpdir(), 'stockfold-test-events-'));
  const start = (onPort?: number): Promise<ServerProcess> =>
    startServer({
      name: 'eventstore',
      command: process.execPath,
      args: ({ port }) => [EVENT_NODE_ENTRY, '--data', dataDir, '--port', String(port)],
      readyLine: 'Event store on',
      ...(onPort === undefined ? {} : { port: onPort }),
    });
  let node = await start();
  const { port } = node;
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    kill9: () => node.kill(),
    restart: async () => {
      node = await start(port);
    },
    pause: () => node.pause(),
    resume: () => node.resume(),
    stop: async () => {
      await node.kill();
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
