import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { EventStore, Position } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';

/** Written at most so often: a checkpoint that lags only means that something is looked at twice. */
const SPACING_MS = 250;

const CHECKPOINT = 'Checkpoint';

/** The stream that says how far a projection is. */
export const checkpointStream = (projection: string): string => `checkpoint-${projection}`;

/** How far a projection is, in a stream of one event. Written behind the projection's back, so it costs no time. */
export class CheckpointStream {
  private readonly stream: string;
  private noted: Position = START;
  private written: Position = START;
  private writing = false;
  private failure: unknown;

  constructor(
    private readonly store: EventStore,
    projection: string,
  ) {
    this.stream = checkpointStream(projection);
  }

  /** The position written last, {@link START} when there is none. */
  async load(): Promise<Position> {
    await this.store.keepNewest(this.stream, 1);
    for await (const event of this.store.readStream(this.stream, { direction: 'backwards', maxCount: 1 })) {
      this.written = checkpointPosition(event);
    }
    this.noted = this.written;
    this.failure = undefined;
    return this.written;
  }

  /** Writes the position soon. @throws what the last write failed with */
  note(position: Position): void {
    if (this.failure !== undefined) throw this.failure;
    if (position > this.noted) this.noted = position;
    if (!this.writing && this.noted > this.written) void this.write();
  }

  private async write(): Promise<void> {
    this.writing = true;
    try {
      while (this.noted > this.written) {
        const position = this.noted;
        await this.store.append(this.stream, 'any', [
          { id: randomUUID(), type: CHECKPOINT, data: { position: position.toString() }, metadata: {} },
        ]);
        this.written = position;
        await sleep(SPACING_MS, undefined, { ref: false });
      }
    } catch (error) {
      this.failure = error;
    }
    this.writing = false;
  }
}

/** The position that an event of such a stream holds. */
export function checkpointPosition({ data }: { readonly data: { readonly position?: unknown } }): Position {
  return typeof data.position === 'string' ? BigInt(data.position) : START;
}
