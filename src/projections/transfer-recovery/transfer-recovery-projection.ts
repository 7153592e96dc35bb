import { decodeTransferEvent } from '../../domain/transfer/codec.js';
import { transferKey } from '../../domain/transfer/commands.js';
import { eventKey } from '../../domain/transfer/decider.js';
import type { TransferEvent } from '../../domain/transfer/events.js';
import { transferIdOf } from '../../domain/transfer/ids.js';
import type { ClientId } from '../../domain/values/identifiers.js';
import type { Instant } from '../../domain/values/instant.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position, RecordedEvent, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import type { Caller } from '../../streams/stream-kind.js';
import { CheckpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';

/** Does all that stands open in a transfer; harmless when somebody else does so too. */
export type FinishTransfer = (id: ClientId, caller: Caller) => Promise<unknown>;

/** Whoever began a step gets so long to end it. */
const GRACE_MS = 5_000;

/** A step that has begun and of which no end is known. */
interface OpenStep {
  readonly transferId: ClientId;
  /** Before the event that began it. */
  readonly position: Position;
  readonly dueAt: Instant;
  /** On whose behalf it began. */
  readonly caller: Caller;
}

/** Finishes the transfers that a crash has left half done. Any number may run. */
export class TransferRecoveryProjection implements Projection {
  readonly name = 'transfer-recovery';
  readonly streamPrefixes = ['transfer-'];
  private readonly checkpoint: CheckpointStream;
  /** By stream and key of the event that will end the step, oldest first. */
  private readonly open = new Map<string, OpenStep>();
  private dealtWith: Position = START;

  constructor(
    store: EventStore,
    private readonly finish: FinishTransfer,
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
    for (const recorded of events) this.follow(recorded, decodeTransferEvent(recorded));
    this.dealtWith = events.at(-1)?.position ?? this.dealtWith;
    if (live) await this.finishOverdue();
    this.note();
  }

  async idle(): Promise<void> {
    await this.finishOverdue();
    this.note();
  }

  private follow({ stream, position, metadata }: RecordedEvent, event: TransferEvent): void {
    this.open.delete(`${stream} ${eventKey(event)}`);
    const caller = { actor: String(metadata.actor), correlationId: String(metadata.correlationId) };
    const dueAt = this.clock.now() + this.graceMs;
    for (const end of endsAwaited(event)) {
      this.open.set(`${stream} ${end}`, { transferId: transferIdOf(stream), position: position - 1n, dueAt, caller });
    }
  }

  /** A step that cannot be finished now keeps none of the others from it. */
  private async finishOverdue(): Promise<void> {
    const now = this.clock.now();
    const overdue = [...this.open].filter(([, step]) => step.dueAt <= now);
    const failures: unknown[] = [];
    for (const [key, { transferId, caller }] of overdue) {
      try {
        await this.finish(transferId, caller);
        this.open.delete(key);
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Never past an open step: who starts anew has to see it again. */
  private note(): void {
    const [oldest] = this.open.values();
    this.checkpoint.note(oldest?.position ?? this.dealtWith);
  }
}

/** The keys of the events that will say that what this one began is done. */
function endsAwaited(event: TransferEvent): readonly string[] {
  switch (event.type) {
    case 'Requested':
      return [transferKey.dispatched];
    case 'ReceiptReported':
      return [
        ...(event.lines.length === 0 ? [] : [transferKey.received(event.id)]),
        ...(event.closes ? [transferKey.closed] : []),
      ];
    case 'Dispatched':
    case 'Received':
    case 'Closed':
      return [];
  }
}
