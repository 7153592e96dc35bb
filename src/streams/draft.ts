import { Rejected } from '../domain/rejected.js';
import { type EventName, eventNameFor, signed } from '../domain/values/event-id.js';
import type { Instant } from '../domain/values/instant.js';
import { formatInstant } from '../domain/values/instant.js';
import type { JsonObject } from '../domain/values/json.js';
import type { NewEvent } from '../ports/event-store.js';
import type { LoadedStream } from './loaded-stream.js';
import { newSignature } from './signature.js';
import type { Caller, Outcome, Recorded, StreamKind } from './stream-kind.js';

/** A command, and who waits for its outcome. */
export interface Waiting<Command, Event> {
  /** Key and name of the event that shows that the command has been carried out. */
  readonly key: string;
  readonly name: EventName;
  readonly command: Command;
  readonly caller: Caller;
  readonly resolve: (outcome: Outcome<Event>) => void;
  readonly reject: (error: unknown) => void;
}

interface DraftedEvent<Command, Event> {
  readonly event: Event;
  readonly id: string;
  /** Undefined for what was due whatever is asked. */
  readonly cause: Waiting<Command, Event> | undefined;
}

/** What one pass over the waiting commands decides on a stream as it is cached; an append makes it true. */
export class Draft<Command, Event, State> {
  /** The stream's state once this is appended. */
  state: State;
  /** True when an answer rests on the state alone: no append of this pass would prove it current. */
  restsOnState = false;
  private readonly drafted: DraftedEvent<Command, Event>[] = [];
  private readonly indexes = new Map<EventName, number>();
  private readonly signature = newSignature();
  private readonly settlers: (() => void)[] = [];

  constructor(
    private readonly kind: StreamKind<Command, Event, State>,
    private readonly loaded: LoadedStream<Command, Event, State>,
    private readonly now: Instant,
  ) {
    this.state = loaded.state;
  }

  get isEmpty(): boolean {
    return this.drafted.length === 0;
  }

  get ids(): readonly string[] {
    return this.drafted.map(({ id }) => id);
  }

  /** Takes in events that are due whatever is asked. */
  addDue(events: readonly Event[]): void {
    for (const event of events) this.add(event, undefined);
  }

  /** Decides all, in order, after what is due; that is worth writing only when a decision adds to it. */
  async decideAll(batch: readonly Waiting<Command, Event>[], due: readonly Event[]): Promise<void> {
    const names = batch.map(({ name }) => name);
    const known = this.loaded.mayHold(names) ? await this.loaded.find(names) : undefined;
    this.addDue(due);
    for (const waiting of batch) {
      const recorded = known?.get(waiting.name);
      const index = this.indexes.get(waiting.name);
      if (recorded !== undefined) this.settlers.push(() => waiting.resolve({ status: 'known', recorded }));
      else if (index !== undefined) {
        this.settlers.push(() => waiting.resolve({ status: 'known', recorded: this.appended(index) }));
      } else await this.decideOne(waiting);
    }
    if (this.drafted.length === due.length) this.drafted.length = 0;
  }

  toAppend(recordedAt: Instant): readonly NewEvent[] {
    const recorded = formatInstant(recordedAt);
    return this.drafted.map(({ event, id, cause }) => {
      const { type, data, occurredAt } = this.kind.encode(event);
      return { id, type, data, metadata: this.metadata(occurredAt, recorded, cause) };
    });
  }

  /** Tells everyone the outcome. The stream has taken in what was drafted, if anything was. */
  settle(): void {
    for (const settle of this.settlers) settle();
  }

  /** A command that breaks its rules is refused alone, never with the others of its batch. */
  private async decideOne(waiting: Waiting<Command, Event>): Promise<void> {
    try {
      const decision = await this.decide(waiting.command);
      if (decision instanceof Rejected) {
        this.restsOnState = true;
        this.settlers.push(() => waiting.resolve({ status: 'rejected', rejection: decision }));
        return;
      }
      const first = this.drafted.length;
      for (const event of decision) this.add(event, waiting);
      if (decision.length === 0) this.restsOnState = true;
      this.settlers.push(() => {
        const events = decision.map((_, offset) => this.appended(first + offset));
        waiting.resolve({ status: 'done', events, position: this.loaded.position });
      });
    } catch (error) {
      this.settlers.push(() => waiting.reject(error));
    }
  }

  private async decide(command: Command): Promise<readonly Event[] | Rejected> {
    const { decider } = this.kind;
    if (!decider.needsHistory(this.state, command)) return decider.decide(this.state, command, { now: this.now });
    const history = [...(await this.loaded.history()), ...this.drafted.map(({ event }) => event)];
    return decider.decide(this.state, command, { now: this.now, history });
  }

  private add(event: Event, cause: Waiting<Command, Event> | undefined): void {
    const key = this.kind.eventKey(event);
    const name = key === cause?.key ? cause.name : eventNameFor(this.loaded.stream, key);
    if (cause !== undefined) this.indexes.set(name, this.drafted.length);
    this.drafted.push({ event, id: signed(name, this.signature), cause });
    this.state = this.kind.decider.evolve(this.state, event);
  }

  private appended(index: number): Recorded<Event> {
    const { stream, revision, position } = this.loaded;
    const drafted = this.drafted[index];
    if (drafted === undefined) throw new Error(`${stream}: no drafted event ${index}`);
    return { event: drafted.event, revision: revision - this.drafted.length + 1 + index, position };
  }

  private metadata(occurredAt: string, recordedAt: string, cause: Waiting<Command, Event> | undefined): JsonObject {
    const { schemaVersion } = this.kind;
    if (cause === undefined) return { schemaVersion, occurredAt, recordedAt, actor: 'stockfold' };
    const { actor, correlationId } = cause.caller;
    const commandId = this.kind.commandId(cause.command);
    return { schemaVersion, occurredAt, recordedAt, actor, correlationId, commandId };
  }
}
