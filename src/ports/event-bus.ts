import type { JsonObject } from '../domain/values/json.js';

/** The CloudEvents 1.0 attributes that every event here has; source and id together are unique. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly type: string;
  /** What it is about, as a path: `availability/<location>/<sku>`. */
  readonly subject: string;
  /** The CloudEvents extension: orders the events of one source and subject, compared as text. */
  readonly sequence: string;
  /** RFC 3339. */
  readonly time: string;
  readonly data: JsonObject;
}

/** Fan-out to whoever wants to know at once. Never the record: that is the streams, and this is rebuilt from them. */
export abstract class EventBus {
  /**
   * Hands events over, those of one subject in this order, at least once. An event whose sequence is not above that
   * of the last one on its subject is left out, whoever published that: a subject never goes back.
   * @throws EventBusUnavailable when it is not known that all arrived: publish them again, with the same ids.
   */
  abstract publish(events: readonly CloudEvent[]): Promise<void>;

  abstract close(): Promise<void>;
}

export class EventBusUnavailable extends Error {
  override readonly name = 'EventBusUnavailable';
}
