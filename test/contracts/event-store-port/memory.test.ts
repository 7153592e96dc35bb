import { describe } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { appends } from './appends.js';
import { reads } from './reads.js';
import { retries } from './retries.js';
import { subscriptions } from './subscriptions.js';

describe('Event store in memory', () => {
  const store = new MemoryEventStore();
  for (const part of [appends, retries, reads, subscriptions]) part(() => store);
});
