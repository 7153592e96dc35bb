import { type CloudEvent, EventBus, EventBusUnavailable } from '../../../ports/event-bus.js';

/** Must not throw: the publisher is not to suffer from its listeners. */
export type EventListener = (event: CloudEvent) => void;

/** Fan-out within the process. */
export class MemoryEventBus extends EventBus {
  private readonly listeners = new Set<EventListener>();
  /** By source and subject. */
  private readonly lastSequences = new Map<string, string>();
  private closed = false;

  /** Returns what ends the subscription. */
  subscribe(listener: EventListener): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  async publish(events: readonly CloudEvent[]): Promise<void> {
    if (this.closed) throw new EventBusUnavailable('The event bus is closed.');
    for (const event of events) {
      const subject = `${event.source} ${event.subject}`;
      if ((this.lastSequences.get(subject) ?? '') >= event.sequence) continue;
      this.lastSequences.set(subject, event.sequence);
      for (const listener of this.listeners) listener(event);
    }
  }

  async close(): Promise<void> {
    this.closed = true;
    this.listeners.clear();
  }
}
