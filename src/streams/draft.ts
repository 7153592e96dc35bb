import { Rejected } from '../domain/rejected.js';
import { type EventName, eventNameFor, signed } from '../domain/values/event-id.js';
import type { Instant } from '../domain/values/instant.js';
import { formatInstant } from '../domain/values/instant.js';
import type { JsonObject, JsonValue } from '../domain/values/json.js';
import { MAX_APPEND_BYTES, type NewEvent } from '../ports/event-store.js';
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

/** An event in its stored form. */
interface Encoded<Event> {
  readonly event: Event;
  readonly stored: ReturnType<StreamKind<unknown, Event, unknown>['encode']>;
  /** No less than its data has once it is JSON. */
  readonly maxBytes: number;
}

interface DraftedEvent<Command, Event> extends Encoded<Event> {
  readonly id: string;
  /** Undefined for what was due whatever is asked. */
  readonly cause: Waiting<Command, Event> | undefined;
}

/** What a command causes does not fit into any append: none of its events was stored. */
export class DecisionTooLarge extends Error {
  override readonly name = 'DecisionTooLarge';
}

/** What one pass over the waiting commands decides on a stream as it is cached; an append makes it true. */
export class Draft<Command, Event, State> {
  /** The stream's state once this is appended. */
  state: State;
  /** True when an answer rests on the state alone: no append of this pass would prove it current. */
  restsOnState = false;
  private readonly drafted: DraftedEvent<Command, Event>[] = [];
  /** Of all that is drafted. */
  private maxBytes = 0;
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
    for (const event of events) this.add(this.encode(event), undefined);
  }

  /**
   * Decides in order after what is due, which is worth writing only when a decision adds to it, and says how many
   * were decided: as many as fit into one append.
   */
  async decideAll(batch: readonly Waiting<Command, Event>[], due: readonly Event[]): Promise<number> {
    const names = batch.map(({ name }) => name);
    const known = this.loaded.mayHold(names) ? await this.loaded.find(names) : undefined;
    this.addDue(due);
    let decided = 0;
    for (const waiting of batch) {
      const recorded = known?.get(waiting.name);
      const index = this.indexes.get(waiting.name);
      if (recorded !== undefined) this.settlers.push(() => waiting.resolve({ status: 'known', recorded }));
      else if (index !== undefined) {
        this.settlers.push(() => waiting.resolve({ status: 'known', recorded: this.appended(index) }));
      } else if (!(await this.decideOne(waiting, due.length))) break;
      decided += 1;
    }
    if (this.drafted.length === due.length) this.drafted.length = 0;
    return decided;
  }

  toAppend(recordedAt: Instant): readonly NewEvent[] {
    const recorded = formatInstant(recordedAt);
    return this.drafted.map(({ stored: { type, data, occurredAt }, id, cause }) => ({
      id,
      type,
      data,
      metadata: this.metadata(occurredAt, recorded, cause),
    }));
  }

  /** Tells everyone the outcome. The stream has taken in what was drafted, if anything was. */
  settle(): void {
    for (const settle of this.settlers) settle();
  }

  /**
   * A command that breaks its rules is refused alone, never with the others of its batch. False when its events do not
   * fit beside those of others; then it is left undecided.
   */
  private async decideOne(waiting: Waiting<Command, Event>, dueCount: number): Promise<boolean> {
    try {
      const decision = await this.decide(waiting.command);
      if (decision instanceof Rejected) {
        this.restsOnState = true;
        this.settlers.push(() => waiting.resolve({ status: 'rejected', rejection: decision }));
        return true;
      }
      const encoded = decision.map((event) => this.encode(event));
      const first = this.drafted.length;
      if (sumOfBytes(encoded, this.maxBytes) > MAX_APPEND_BYTES) {
        if (first > dueCount) return false;
        this.assertFits(encoded);
      }
      for (const event of encoded) this.add(event, waiting);
      if (decision.length === 0) this.restsOnState = true;
      this.settlers.push(() => {
        const events = decision.map((_, offset) => this.appended(first + offset));
        waiting.resolve({ status: 'done', events, position: this.loaded.position });
      });
    } catch (error) {
      this.settlers.push(() => waiting.reject(error));
    }
    return true;
  }

  /** Counts the bytes, which the bound saves nearly always. @throws DecisionTooLarge */
  private assertFits(more: readonly Encoded<Event>[]): void {
    let bytes = 0;
    for (const { stored } of [...this.drafted, ...more]) bytes += Buffer.byteLength(JSON.stringify(stored.data));
    if (bytes > MAX_APPEND_BYTES) throw new DecisionTooLarge(`${this.loaded.stream}: ${bytes} bytes in one append`);
  }

  private async decide(command: Command): Promise<readonly Event[] | Rejected> {
    const { decider } = this.kind;
    if (!decider.needsHistory(this.state, command)) return decider.decide(this.state, command, { now: this.now });
    const history = [...(await this.loaded.history()), ...this.drafted.map(({ event }) => event)];
    return decider.decide(this.state, command, { now: this.now, history });
  }

  private encode(event: Event): Encoded<Event> {
    const stored = this.kind.encode(event);
    return { event, stored, maxBytes: maxJsonBytes(stored.data) };
  }

  private add({ event, stored, maxBytes }: Encoded<Event>, cause: Waiting<Command, Event> | undefined): void {
    const key = this.kind.eventKey(event);
    const name = key === cause?.key ? cause.name : eventNameFor(this.loaded.stream, key);
    if (cause !== undefined) this.indexes.set(name, this.drafted.length);
    this.drafted.push({ event, stored, maxBytes, id: signed(name, this.signature), cause });
    this.maxBytes += maxBytes;
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

function sumOfBytes(encoded: readonly { readonly maxBytes: number }[], others: number): number {
  let bytes = others;
  for (const { maxBytes } of encoded) bytes += maxBytes;
  return bytes;
}

/** No less than what the value has as JSON, in bytes: no character of a text takes more than `\u0000` does. */
function maxJsonBytes(value: JsonValue): number {
  if (typeof value === 'string') return 6 * value.length + 2;
  if (typeof value !== 'object' || value === null) return 24;
  let bytes = 2;
  if (isList(value)) for (const item of value) bytes += maxJsonBytes(item) + 1;
  else for (const key in value) bytes += 6 * key.length + 4 + maxJsonBytes(value[key] ?? null);
  return bytes;
}

const isList = (value: readonly JsonValue[] | JsonObject): value is readonly JsonValue[] => Array.isArray(value);
