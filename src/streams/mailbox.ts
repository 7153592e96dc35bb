import { Rejected } from '../domain/rejected.js';
import { eventId } from '../domain/values/event-id.js';
import { formatInstant } from '../domain/values/instant.js';
import type { Clock } from '../ports/clock.js';
import type { EventStore, NewEvent } from '../ports/event-store.js';
import { LoadedStream } from './loaded-stream.js';
import type { Caller, Outcome, Recorded, StreamKind } from './stream-kind.js';
import { Overloaded } from './stream-kind.js';

/** At most so many commands an append: their fields are bounded, so that it stays below the store's limit of 1 MiB. */
const MAX_COMMANDS_PER_APPEND = 500;
/** Expired holds released before other decisions of one append. */
const MAX_DUE_EVENTS = 500;
const MAX_QUEUED = 20_000;

export interface MailboxOptions {
  /** True when no other process can write: then a refusal needs no look at the store first. */
  readonly soleWriter: boolean;
}

interface Waiting<Command, Event> {
  readonly id: string;
  readonly command: Command;
  readonly caller: Caller;
  readonly resolve: (outcome: Outcome<Event>) => void;
  readonly reject: (error: unknown) => void;
}

interface Look<Command, Event, State> {
  readonly at: (stream: LoadedStream<Command, Event, State>) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/** What one pass over the queue has decided and not yet appended. */
interface Draft<Command, Event, State> {
  state: State;
  readonly events: {
    readonly event: Event;
    readonly id: string;
    readonly cause: Waiting<Command, Event> | undefined;
  }[];
  readonly settle: (() => void)[];
  /** True when an answer rests on the state alone: no append of this pass would prove it current. */
  restsOnState: boolean;
}

/**
 * One stream's commands, one after the other. While an append is in flight later commands queue; then all of them are
 * decided in order against the cached state and appended together with the exact expected revision. A conflict means
 * that another instance wrote: read the tail, decide again.
 */
export class Mailbox<Command, Event, State> {
  private readonly loaded: LoadedStream<Command, Event, State>;
  private readonly queue: Waiting<Command, Event>[] = [];
  private readonly looks: Look<Command, Event, State>[] = [];
  private working = false;
  /** False at first and after an append of unknown outcome: the tail must be read before the next decision. */
  private current = false;

  constructor(
    readonly stream: string,
    private readonly kind: StreamKind<Command, Event, State>,
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly options: MailboxOptions,
  ) {
    this.loaded = new LoadedStream(stream, kind, store);
  }

  get idle(): boolean {
    return !this.working;
  }

  /** What the stream costs to keep, in ids. */
  get weight(): number {
    return this.loaded.ids.size + 16;
  }

  submit(command: Command, caller: Caller): Promise<Outcome<Event>> {
    if (this.queue.length >= MAX_QUEUED) return Promise.reject(new Overloaded(`${this.stream}: queue is full`));
    return new Promise((resolve, reject) => {
      const id = eventId(this.stream, this.kind.commandKey(command));
      this.queue.push({ id, command, caller, resolve, reject });
      if (!this.working) void this.work();
    });
  }

  /** Looks at the stream as it is in the store now, between two appends. */
  read<Answer>(look: (stream: LoadedStream<Command, Event, State>) => Promise<Answer> | Answer): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.looks.push({ at: async (stream) => resolve(await look(stream)), reject });
      if (!this.working) void this.work();
    });
  }

  private async work(): Promise<void> {
    this.working = true;
    while (this.queue.length > 0 || this.looks.length > 0) {
      if (this.looks.length > 0) await this.serveLooks();
      const batch = this.queue.splice(0, MAX_COMMANDS_PER_APPEND);
      try {
        if (batch.length > 0) await this.process(batch);
      } catch (error) {
        this.current = false;
        for (const waiting of batch) waiting.reject(error);
      }
    }
    this.working = false;
  }

  private async serveLooks(): Promise<void> {
    for (const look of this.looks.splice(0)) {
      try {
        if (!(this.current && this.options.soleWriter)) await this.refresh();
        await look.at(this.loaded);
      } catch (error) {
        look.reject(error);
      }
    }
  }

  private async refresh(): Promise<void> {
    await this.loaded.catchUp();
    this.current = true;
  }

  private async process(batch: readonly Waiting<Command, Event>[]): Promise<void> {
    if (!this.current) await this.refresh();
    while (true) {
      if (await this.releaseDue()) continue;
      const draft = await this.decideAll(batch);
      if (draft.events.length > 0 ? await this.append(draft) : await this.proveCurrent(draft)) {
        for (const settle of draft.settle) settle();
        return;
      }
    }
  }

  /** Appends what is due when there is more of it than fits beside the decisions; says whether to look again. */
  private async releaseDue(): Promise<boolean> {
    const due = this.kind.decider.due(this.loaded.state, this.clock.now(), MAX_DUE_EVENTS);
    if (due.length < MAX_DUE_EVENTS) return false;
    const draft = this.newDraft();
    for (const event of due) this.add(draft, event, undefined);
    await this.append(draft);
    return true;
  }

  private newDraft(): Draft<Command, Event, State> {
    return { state: this.loaded.state, events: [], settle: [], restsOnState: false };
  }

  private async decideAll(batch: readonly Waiting<Command, Event>[]): Promise<Draft<Command, Event, State>> {
    const known = await this.loaded.find(batch.map((waiting) => waiting.id));
    const draft = this.newDraft();
    const now = this.clock.now();
    const due = this.kind.decider.due(draft.state, now, MAX_DUE_EVENTS);
    for (const event of due) this.add(draft, event, undefined);
    const drafted = new Map<string, number>();
    for (const waiting of batch) {
      const recorded = known.get(waiting.id);
      if (recorded !== undefined) {
        draft.settle.push(() => waiting.resolve({ status: 'known', recorded }));
      } else if (drafted.has(waiting.id)) {
        const index = drafted.get(waiting.id) ?? 0;
        draft.settle.push(() => waiting.resolve({ status: 'known', recorded: this.appended(draft, index) }));
      } else {
        await this.decideOne(draft, waiting, now, drafted);
      }
    }
    // What is due is worth writing only when a decision relies on it.
    if (draft.events.length === due.length) draft.events.length = 0;
    return draft;
  }

  /** A command that breaks its rules is refused alone, never with the others of its batch. */
  private async decideOne(
    draft: Draft<Command, Event, State>,
    waiting: Waiting<Command, Event>,
    now: number,
    drafted: Map<string, number>,
  ): Promise<void> {
    try {
      const { decider } = this.kind;
      const history = decider.needsHistory(draft.state, waiting.command) ? await this.historyWith(draft) : undefined;
      const decision = decider.decide(draft.state, waiting.command, history === undefined ? { now } : { now, history });
      if (decision instanceof Rejected) {
        draft.restsOnState = true;
        draft.settle.push(() => waiting.resolve({ status: 'rejected', rejection: decision }));
        return;
      }
      const first = draft.events.length;
      for (const event of decision) {
        drafted.set(this.add(draft, event, waiting), draft.events.length - 1);
      }
      if (decision.length === 0) draft.restsOnState = true;
      draft.settle.push(() => {
        const events = decision.map((_, offset) => this.appended(draft, first + offset));
        waiting.resolve({ status: 'done', events, position: this.loaded.position });
      });
    } catch (error) {
      draft.settle.push(() => waiting.reject(error));
    }
  }

  private async historyWith(draft: Draft<Command, Event, State>): Promise<Event[]> {
    return [...(await this.loaded.history()), ...draft.events.map(({ event }) => event)];
  }

  private add(draft: Draft<Command, Event, State>, event: Event, cause: Waiting<Command, Event> | undefined): string {
    const id = eventId(this.stream, this.kind.eventKey(event));
    draft.events.push({ event, id, cause });
    draft.state = this.kind.decider.evolve(draft.state, event);
    return id;
  }

  private appended(draft: Draft<Command, Event, State>, index: number): Recorded<Event> {
    const drafted = draft.events[index];
    if (drafted === undefined) throw new Error(`${this.stream}: no drafted event ${index}`);
    const revision = this.loaded.revision - draft.events.length + 1 + index;
    return { event: drafted.event, revision, position: this.loaded.position };
  }

  /** Answers that rest on the state alone are true only if the stream has not moved on meanwhile. */
  private async proveCurrent(draft: Draft<Command, Event, State>): Promise<boolean> {
    return !draft.restsOnState || this.options.soleWriter || !(await this.loaded.catchUp());
  }

  private async append(draft: Draft<Command, Event, State>): Promise<boolean> {
    const { loaded } = this;
    const recordedAt = Math.max(this.clock.now(), loaded.recordedAt);
    const events = draft.events.map(({ event, id, cause }) => this.toNewEvent(event, id, cause, recordedAt));
    this.current = false;
    const expected = loaded.revision === -1 ? 'no-stream' : loaded.revision;
    const outcome = await this.store.append(this.stream, expected, events);
    if (outcome.status === 'conflict') {
      await this.refresh();
      return false;
    }
    for (const { id } of events) {
      loaded.revision += 1;
      loaded.ids.add(id, loaded.revision);
    }
    loaded.state = draft.state;
    loaded.position = outcome.position;
    loaded.recordedAt = recordedAt;
    this.current = true;
    return true;
  }

  private toNewEvent(
    event: Event,
    id: string,
    cause: Waiting<Command, Event> | undefined,
    recordedAt: number,
  ): NewEvent {
    const { type, data, occurredAt } = this.kind.encode(event);
    return {
      id,
      type,
      data,
      metadata: {
        schemaVersion: this.kind.schemaVersion,
        occurredAt,
        recordedAt: formatInstant(recordedAt),
        actor: cause?.caller.actor ?? 'stockfold',
        ...(cause === undefined
          ? {}
          : { correlationId: cause.caller.correlationId, commandId: this.kind.commandId(cause.command) }),
      },
    };
  }
}
