import type { Instant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import type { Caller } from '../../streams/stream-kind.js';
import { forEachBounded } from '../bounded.js';
import { CheckpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';

/** A kind of process that has a stream of its own, and whose steps are begun by one event and ended by another. */
export interface RecoverableProcess<Event> {
  readonly name: string;
  readonly streamPrefix: string;
  decode(stored: RecordedEvent): Event;
  eventKey(event: Event): string;
  /** Keys of the events that will end what this one begins. */
  endsAwaited(event: Event): readonly string[];
  /** Ends the step whose end has this key; harmless when somebody else does so too. */
  finish(stream: string, end: string, caller: Caller): Promise<unknown>;
}

/** Whoever began a step gets so long to end it. */
const GRACE_MS = 5_000;
const FINISHED_AT_ONCE = 8;

/** A step that has begun and of which no end is known. */
interface OpenStep {
  readonly stream: string;
  /** Key of the event that will end it. */
  readonly end: string;
  /** Of what came before the event that began it. */
  readonly position: Position;
  readonly dueAt: Instant;
  /** On whose behalf it began. */
  readonly caller: Caller;
}

/** Finishes the processes that a crash has left half done. Any number may run. */
export class RecoveryProjection<Event> implements Projection {
  readonly name: string;
  readonly streamPrefixes: readonly string[];
  private readonly checkpoint: CheckpointStream;
  /** By stream and key of the event that will end the step, oldest first. */
  private readonly open = new Map<string, OpenStep>();
  private dealtWith: Position = START;

  constructor(
    store: EventStore,
    private readonly process: RecoverableProcess<Event>,
    private readonly clock: Clock,
    private readonly graceMs: number = GRACE_MS,
  ) {
    this.name = `${process.name}-recovery`;
    this.streamPrefixes = [process.streamPrefix];
    this.checkpoint = new CheckpointStream(store, this.name);
  }

  async start(): Promise<Position> {
    this.open.clear();
    this.dealtWith = await this.checkpoint.load();
    return this.dealtWith;
  }

  async handle({ events, position, live }: SubscriptionBatch): Promise<void> {
    for (const recorded of events) {
      this.follow(recorded);
      this.dealtWith = recorded.position;
    }
    // Also where nothing of its own came: else a start would have the store search through everything for it.
    this.dealtWith = position;
    if (live) await this.finishOverdue();
    this.note();
  }

  async idle(): Promise<void> {
    await this.finishOverdue();
    this.note();
  }

  private follow(recorded: RecordedEvent): void {
    const event = this.process.decode(recorded);
    const { stream, metadata } = recorded;
    const position = this.dealtWith;
    this.open.delete(`${stream} ${this.process.eventKey(event)}`);
    const caller = { actor: String(metadata.actor), correlationId: String(metadata.correlationId) };
    const dueAt = this.clock.now() + this.graceMs;
    for (const end of this.process.endsAwaited(event)) {
      this.open.set(`${stream} ${end}`, { stream, end, position, dueAt, caller });
    }
  }

  /** A step that cannot be finished now keeps none of the others from it. */
  private async finishOverdue(): Promise<void> {
    const now = this.clock.now();
    const overdue = [...this.open].filter(([, step]) => step.dueAt <= now);
    const failures: unknown[] = [];
    await forEachBounded(overdue, FINISHED_AT_ONCE, async ([key, { stream, end, caller }]) => {
      try {
        await this.process.finish(stream, end, caller);
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
