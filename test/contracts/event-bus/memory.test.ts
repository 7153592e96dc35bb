import { expect, it } from 'vitest';
import { MemoryEventBus } from '../../../src/adapters/event-bus/memory/memory-event-bus.js';
import type { CloudEvent } from '../../../src/ports/event-bus.js';
import { changed, eventBusContract } from './contract.js';

eventBusContract('memory', async () => {
  const bus = new MemoryEventBus();
  const events: CloudEvent[] = [];
  bus.subscribe((event) => events.push(event));
  return { bus, received: async (count) => events.slice(0, count), close: () => bus.close() };
});

it('ends a subscription', async () => {
  const bus = new MemoryEventBus();
  const events: CloudEvent[] = [];
  const unsubscribe = bus.subscribe((event) => events.push(event));
  await bus.publish([changed('A', 1)]);
  unsubscribe();
  await bus.publish([changed('A', 2)]);
  expect(events).toHaveLength(1);
});
