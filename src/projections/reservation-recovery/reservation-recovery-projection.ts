import { decodeCartEvent } from '../../domain/reservation/process/codec.js';
import { attemptKey, type CartEvent, cartKey, eventKey } from '../../domain/reservation/process/events.js';
import { CART_STREAM_PREFIX, type CartKey, cartOfStream } from '../../domain/reservation/reservation-id.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import type { Caller } from '../../streams/stream-kind.js';
import { forEachBounded } from '../bounded.js';
import { CheckpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';

/** Ends a step that stands open, named by the event that will end it; harmless when somebody else does so too. */
export type FinishReservation = (cart: CartKey, step: string, caller: Caller) => Promise<void>;

/** Whoever began a step gets so long to end it. */
const GRACE_MS = 5_000;
const FINISHED_AT_ONCE = 8;

/** A step that has begun and of which no end is known. */
interface OpenStep {
  readonly cart: CartKey;
  /** Key of the event that will end it. */
  readonly end: string;
  /** Before the event that began it. */
  readonly position: Position;
  readonly dueAt: Instant;
  /** On whose behalf it began. */
  readonly caller: Caller;
}

/** Finishes the reservations over several streams that a crash has left half done. Any number may run. */
export class ReservationRecoveryProjection implements Projection {
  readonly name = 'reservation-recovery';
  readonly streamPrefixes = [CART_STREAM_PREFIX];
  private readonly checkpoint: CheckpointStream;
  /** By stream and key of the event that will end the step, oldest first. */
  private readonly open = new Map<string, OpenStep>();
  private dealtWith: Position = START;

  constructor(
    store: EventStore,
    private readonly finish: FinishReservation,
    private readonly clock: Clock,
    private readonly graceMs: number = GRACE_MS,
  ) {
    this.checkpoint = new CheckpointStream(store, this.name);
  }

  async start(): Promise<Position> {
    this.open.clear();
    this.dealtWith = await this.checkpoint.load();
    return this.dealtWith;
  }

  async handle({ events, live }: SubscriptionBatch): Promise<void> {
    for (const recorded of events) this.follow(recorded, decodeCartEvent(recorded));
    this.dealtWith = events.at(-1)?.position ?? this.dealtWith;
    if (live) await this.finishOverdue();
    this.note();
  }

  async idle(): Promise<void> {
    await this.finishOverdue();
    this.note();
  }

  private follow({ stream, position, metadata }: RecordedEvent, event: CartEvent): void {
    this.open.delete(`${stream} ${eventKey(event)}`);
    const end = endAwaited(event);
    if (end === undefined) return;
    const caller = { actor: String(metadata.actor), correlationId: String(metadata.correlationId) };
    const dueAt = this.clock.now() + this.graceMs;
    this.open.set(`${stream} ${end}`, { cart: cartOfStream(stream), end, position: position - 1n, dueAt, caller });
  }

  /** A step that cannot be finished now keeps none of the others from it. */
  private async finishOverdue(): Promise<void> {
    const now = this.clock.now();
    const overdue = [...this.open].filter(([, step]) => step.dueAt <= now);
    const failures: unknown[] = [];
    await forEachBounded(overdue, FINISHED_AT_ONCE, async ([key, { cart, end, caller }]) => {
      try {
        await this.finish(cart, end, caller);
        this.open.delete(key);
      } catch (error) {
        failures.push(error);
      }
    });
    if (failures.length > 0) throw failures[0];
  }

  /** Never past an open step: who starts anew has to see it again. */
  private note(): void {
    const [oldest] = this.open.values();
    this.checkpoint.note(oldest?.position ?? this.dealtWith);
  }
}

/** The key of the event that will say that what this one began is done. */
function endAwaited(event: CartEvent): string | undefined {
  switch (event.type) {
    case 'Requested':
      return cartKey.decided(event.attempt);
    case 'Rejected':
      return event.release.length === 0 ? undefined : cartKey.released(attemptKey(event.attempt));
    case 'ChangeBegun':
      return cartKey.settled(event.key);
    case 'ChangeRefused':
      return event.release.length === 0 ? undefined : cartKey.released(event.key);
    case 'SourcedAnew':
    case 'Accepted':
    case 'Adopted':
    case 'Secured':
    case 'Changed':
    case 'HoldsReleased':
      return undefined;
  }
}
