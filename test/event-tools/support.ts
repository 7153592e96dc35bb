import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { binaryEvent, EventStoreDBClient, jsonEvent } from '@eventstore/db-client';
import { afterAll } from 'vitest';
import { NodeProcess } from '../contracts/event-store/support.js';
import { EVENT_NODE_ENTRY } from '../support/event-node.js';

export interface Said {
  readonly code: number | null;
  readonly out: string;
  readonly errors: string;
}

/** Runs the built program to its end. */
export function eventstore(...args: string[]): Promise<Said> {
  return saidBy(startEventstore(...args));
}

export function startEventstore(...args: string[]): ChildProcess {
  return spawn(process.execPath, [EVENT_NODE_ENTRY, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
}

export async function saidBy(child: ChildProcess): Promise<Said> {
  if (child.stdout === null || child.stderr === null) throw new Error('the program has no output');
  const [out, errors, [code]] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]);
  return { code, out, errors };
}

/** Starts nodes that go when the test file that asked for this has ended. */
export function nodeStarter(): () => Promise<NodeProcess> {
  const nodes: NodeProcess[] = [];
  afterAll(async () => {
    for (const node of nodes) await node.remove();
  });
  return async () => {
    const node = await NodeProcess.start();
    nodes.push(node);
    return node;
  };
}

type Store = Pick<NodeProcess, 'url'>;

export function copy(from: Store, to: Store): Promise<Said> {
  return eventstore('copy', '--from', from.url, '--to', to.url);
}

/** By the older method: the newer one's pending appends are shared by all clients of a process. */
export const ONE_BY_ONE = { credentials: { username: 'admin', password: 'changeit' } };

/** Events of every kind: text, bytes, nothing; streams cut, hidden, shown again, ended; a link. */
export async function fill(url: string, streams = 120, place = 'Zürich'): Promise<void> {
  const client = EventStoreDBClient.connectionString(url);
  const identity = jsonEvent({ type: 'IdentityAssigned', data: { id: '7e57ab1e-0000-4000-8000-000000000001' } });
  await client.appendToStream('stockfold-identity', identity, ONE_BY_ONE);
  for (let round = 0; round < 3; round++) {
    for (let stream = 0; stream < streams; stream++) {
      const events = Array.from({ length: 1 + ((stream + round) % 4) }, (_, index) =>
        index === 3
          ? binaryEvent({ type: 'Scanned', data: Buffer.from([0, 255, stream, round]) })
          : jsonEvent({
              type: `Kind-${index}`,
              data: { stream, round, text: 'Überlänge '.repeat(stream % 9) },
              metadata: { by: stream },
            }),
      );
      await client.appendToStream(`stock-${stream}@${place}`, events, ONE_BY_ONE);
    }
  }
  await client.setStreamMetadata(`stock-1@${place}`, { maxCount: 2 }, ONE_BY_ONE);
  for (const stream of [`stock-2@${place}`, `stock-3@${place}`, `stock-4@${place}`, `stock-5@${place}`]) {
    await client.deleteStream(stream);
  }
  await client.deleteStream(`stock-4@${place}`);
  const again = [0, 1, 2].map((n) => jsonEvent({ type: 'Again', data: { n } }));
  await client.appendToStream(`stock-3@${place}`, again, ONE_BY_ONE);
  await client.setStreamMetadata(`stock-5@${place}`, { maxCount: 9 }, ONE_BY_ONE);
  await client.tombstoneStream(`stock-6@${place}`);
  const link = binaryEvent({ type: '$>', data: Buffer.from(`0@stock-7@${place}`) });
  await client.appendToStream('links', link, ONE_BY_ONE);
  await client.dispose();
}
