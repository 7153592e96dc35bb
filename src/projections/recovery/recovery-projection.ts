import type { Instant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import type { Caller } from '../../streams/stream-kind.js';
import { forEachBounded } from '../bounded.js';
import { CheckpointedProjection } from '../checkpointed-projection.js';

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
export class RecoveryProjection<Event> extends CheckpointedProjection {
  readonly streamPrefixes: readonly string[];
  /** By stream and key of the event that will end the step, oldest first. */
  private readonly open = new Map<string, OpenStep>();

  constructor(
    store: EventStore,
    private readonly process: RecoverableProcess<Event>,
    private readonly clock: Clock,
    private readonly graceMs: number = GRACE_MS,
  ) {
    super(store, `${process.name}-recovery`);
    this.streamPrefixes = [process.streamPrefix];
  }

  protected override begin(): void {
    this.open.clear();
  }

  protected override async take({ events, live }: SubscriptionBatch, place: Position): Promise<void> {
    let before = place;
    for (const recorded of events) {
      this.follow(recorded, before);
      before = recorded.position;
    }
    if (live) await this.doWhatIsDue();
  }

  /** Finishes what is overdue; a step that cannot be finished now keeps none of the others from it. */
  protected override async doWhatIsDue(): Promise<void> {
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

  protected override unfinishedSince(): Position | undefined {
    const [oldest] = this.open.values();
    return oldest?.position;
  }

  private follow(recorded: RecordedEvent, position: Position): void {
    const event = this.process.decode(recorded);
    const { stream, metadata } = recorded;
    this.open.delete(`${stream} ${this.process.eventKey(event)}`);
    const caller = { actor: String(metadata.actor), correlationId: String(metadata.correlationId) };
    const dueAt = this.clock.now() + this.graceMs;
    for (const end of this.process.endsAwaited(event)) {
      this.open.set(`${stream} ${end}`, { stream, end, position, dueAt, caller });
    }
  }
}
