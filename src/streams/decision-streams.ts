import { randomUUID } from 'node:crypto';
import { decodeDecision, encodeDecision } from '../domain/delivery/decisions/codec.js';
import { type DecisionEvent, decisionsStream, type WrittenOffByOne } from '../domain/delivery/decisions/events.js';
import { type Decisions, isOfLastDay, type ManyDecision, takeDecision } from '../domain/delivery/decisions/state.js';
import type { Instant } from '../domain/values/instant.js';
import type { EventStore, Position } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';

/** The decisions on many postings of one connector, as their stream says. */
export class DecisionsLog {
  private readonly known = new Map<string, ManyDecision>();
  private singles: readonly WrittenOffByOne[] = [];
  private revision = -1;
  private reached: Position = START;

  constructor(
    private readonly store: EventStore,
    readonly connector: string,
  ) {}

  get decisions(): Decisions {
    return this.known;
  }

  /** Of the last 24 hours, what people have written off one by one. */
  get writeOffs(): readonly WrittenOffByOne[] {
    return this.singles;
  }

  /** Of its newest event. */
  get position(): Position {
    return this.reached;
  }

  /** Takes in what was written meanwhile. */
  async readOn(): Promise<void> {
    for await (const event of this.store.readStream(this.stream, { from: this.revision + 1 })) {
      this.take(decodeDecision(event));
      this.revision = event.revision;
      this.reached = event.position;
    }
  }

  /** @returns false when somebody else wrote: read on, and decide again */
  async append(event: DecisionEvent, at: Instant, correlationId?: string): Promise<boolean> {
    const { metadata, ...stored } = encodeDecision(event, at);
    const outcome = await this.store.append(this.stream, this.revision < 0 ? 'no-stream' : this.revision, [
      // A fresh id: were it derived, a second writer's append would pass for a repetition of ours.
      {
        id: randomUUID(),
        ...stored,
        metadata: correlationId === undefined ? metadata : { ...metadata, correlationId },
      },
    ]);
    if (outcome.status === 'conflict') return false;
    this.take(event);
    this.revision = outcome.revision;
    this.reached = outcome.position;
    return true;
  }

  private take(event: DecisionEvent): void {
    if (event.type === 'WrittenOffByOne') {
      this.singles = [...this.singles.filter((each) => isOfLastDay(each, event.at)), event];
    } else takeDecision(this.known, event);
  }

  private get stream(): string {
    return decisionsStream(this.connector);
  }
}
