import { afterAll, beforeAll, describe } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';
import { appends } from './appends.js';
import { reads } from './reads.js';
import { retries } from './retries.js';
import { subscriptions } from './subscriptions.js';

/** Set, the suite runs against that server instead of the embedded node. */
const SERVER = process.env.EVENTSTORE_URL;

describe(`Event store over ${SERVER === undefined ? 'the embedded node' : 'EVENTSTORE_URL'}`, () => {
  let node: EventNodeForTest | undefined;
  let store: EventStoreDbEventStore;

  beforeAll(async () => {
    node = SERVER === undefined ? await startEventNode() : undefined;
    store = new EventStoreDbEventStore({ url: SERVER ?? node?.url ?? '' });
  });
  afterAll(async () => {
    await store.close();
    await node?.stop();
  });

  for (const part of [appends, retries, reads, subscriptions]) part(() => store);
});
