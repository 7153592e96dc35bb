import { once } from 'node:events';
import { createServer } from 'node:http';
import type { TestProject } from 'vitest/node';
import { startEventNode } from './event-node.js';
import { startNats } from './nats-server.js';
import { programs } from './programs.js';
import { startRedis } from './redis-server.js';
import { SHARED, type Shared } from './servers.js';

interface Lent {
  kill(): Promise<void>;
}

/**
 * Lends real servers to all test files of a run: each is started when a test first asks for it over loopback, so a
 * run that needs none starts none.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  // To install what is missing takes longer than a test may; why that fails is told to the tests that need it.
  await programs().catch(() => undefined);
  const started: Promise<Lent>[] = [];
  const lent = new Map<Shared, Promise<string>>();

  function lend(what: Shared): Promise<string> {
    const answer = lent.get(what) ?? bringUp(what);
    lent.set(what, answer);
    return answer;
  }

  async function bringUp(what: Shared): Promise<string> {
    switch (what) {
      case 'redis':
        return (await kept(startRedis())).url;
      case 'nats':
        return (await kept(startNats())).url;
      case 'hledger':
        return (await programs()).hledger;
      case 'event-node':
        return (await kept(startEventNode().then((node) => ({ url: node.url, kill: node.stop })))).url;
    }
  }

  function kept<Server extends Lent>(server: Promise<Server>): Promise<Server> {
    started.push(server);
    return server;
  }

  const broker = createServer((request, response) => {
    const what = SHARED.find((name) => request.url === `/${name}`);
    if (what === undefined) response.writeHead(404).end(`The test run lends no ${request.url}`);
    else
      lend(what).then(
        (answer) => response.end(answer),
        (error) => response.writeHead(500).end(error instanceof Error ? error.message : String(error)),
      );
  });
  broker.listen(0, '127.0.0.1').unref();
  await once(broker, 'listening');
  const address = broker.address();
  if (address === null || typeof address === 'string') throw new Error('The broker has no port');
  project.provide('sharedServers', `http://127.0.0.1:${address.port}`);

  return async () => {
    broker.closeAllConnections();
    broker.close();
    for (const server of await Promise.allSettled(started)) {
      if (server.status === 'fulfilled') await server.value.kill();
    }
  };
}
