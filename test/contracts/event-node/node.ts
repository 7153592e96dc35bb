import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll } from 'vitest';
import { NodeProcess } from '../event-store/support.js';

/** The client of an embedded node of its own, whatever `EVENTSTORE_URL` says. */
export async function connectToNode(): Promise<EventStoreDBClient> {
  const node = await NodeProcess.start();
  const client = EventStoreDBClient.connectionString(node.url);
  afterAll(async () => {
    await client.dispose();
    await node.remove();
  });
  return client;
}
