import {
  EventStoreUnavailable,
  type Position,
  type RecordedEvent,
  START,
  type SubscribeOptions,
  type SubscriptionBatch,
} from '../../../ports/event-store.js';
import type { Connection } from './connection.js';
import { isTooSlow } from './failure.js';
import { Pace } from './pace.js';
import { ReadCall } from './read-call.js';
import { encodeAllRead, type ReadMessage } from './read-codec.js';
import type { Reader } from './reader.js';

const DEFAULT_MAX_BATCH = 1_000;

/** One subscription, until its signal aborts or it fails. */
export class Subscription {
  private position: Position;
  private live = false;

  /** @param stallTimeoutMs after so long without a message the store is asked whether there is something to send */
  constructor(
    private readonly connection: Pick<Connection, 'read'>,
    private readonly reader: Pick<Reader, 'readAll'>,
    private readonly options: SubscribeOptions,
    private readonly stallTimeoutMs: number,
  ) {
    this.position = options.after;
  }

  async *batches(): AsyncGenerator<SubscriptionBatch> {
    while (!this.options.signal.aborted) {
      try {
        return yield* this.once();
      } catch (error) {
        // A cluster does not wait for a live subscriber: what it did not send is history now.
        if (!isTooSlow(error)) throw error;
        this.live = false;
      }
    }
  }

  private async *once(): AsyncGenerator<SubscriptionBatch> {
    const { streamPrefixes, signal, maxBatch = DEFAULT_MAX_BATCH } = this.options;
    const from = this.position === START ? 'start' : this.position;
    const stream = await this.connection.read(encodeAllRead({ from, streamPrefixes, limit: 'subscription' }));
    const call = new ReadCall(stream, 'Subscription', maxBatch);
    const pace = this.options.mayLag === true ? new Pace(signal) : undefined;
    const cancel = () => call.cancel();
    signal.addEventListener('abort', cancel);
    try {
      let missed: Position | undefined;
      while (!signal.aborted) {
        const messages = await call.take(maxBatch, this.stallTimeoutMs);
        if (messages === 'silent') missed = await this.notice(missed);
        else if (messages === 'ended') {
          if (!signal.aborted) throw new EventStoreUnavailable('Subscription: the store ended it');
        } else {
          const batch = this.absorb(messages);
          if (batch === undefined || signal.aborted) continue;
          const startedAtMs = performance.now();
          yield batch;
          await pace?.rest(performance.now() - startedAtMs, 2 * batch.events.length > maxBatch);
        }
      }
    } finally {
      signal.removeEventListener('abort', cancel);
      call.cancel();
    }
  }

  private absorb(messages: readonly ReadMessage[]): SubscriptionBatch | undefined {
    const before = { position: this.position, live: this.live };
    const events: RecordedEvent[] = [];
    for (const message of messages) {
      switch (message.kind) {
        case 'event':
          // At the very position to begin behind, a store may send what is there.
          if (message.event.position <= this.position) break;
          events.push(message.event);
          this.position = message.event.position;
          break;
        case 'checkpoint':
          // While catching up it may be a page behind the events sent.
          if (message.position > this.position) this.position = message.position;
          break;
        case 'caught-up':
          this.live = true;
          break;
        case 'stream-not-found':
        case 'other':
          break;
      }
    }
    const { position, live } = this;
    const news = events.length > 0 || position !== before.position || live !== before.live;
    return news ? { events, position, live } : undefined;
  }

  /**
   * A connection can look alive and bring nothing any more.
   * @param missed an event noticed last time, which has had its time to arrive
   * @returns position of an event that should have arrived
   * @throws EventStoreUnavailable
   */
  private async notice(missed: Position | undefined): Promise<Position | undefined> {
    if (missed !== undefined && missed > this.position) {
      throw new EventStoreUnavailable(`Subscription: silent at ${this.position}, though ${missed} is there`);
    }
    const { streamPrefixes } = this.options;
    for await (const event of this.reader.readAll({ after: this.position, streamPrefixes, maxCount: 1 })) {
      return event.position;
    }
    return undefined;
  }
}
