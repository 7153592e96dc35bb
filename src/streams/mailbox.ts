import { eventNameFor } from '../domain/values/event-id.js';
import type { Clock } from '../ports/clock.js';
import type { EventStore } from '../ports/event-store.js';
import type { Waiting } from './draft.js';
import { Draft } from './draft.js';
import { LoadedStream } from './loaded-stream.js';
import type { Caller, Outcome, StreamKind } from './stream-kind.js';
import { Overloaded } from './stream-kind.js';

/** At most so many commands an append, fewer when their events are large. */
const MAX_COMMANDS_PER_APPEND = 500;
/** Expired holds released before other decisions of one append. */
const MAX_DUE_EVENTS = 500;
const MAX_QUEUED = 20_000;

export interface MailboxOptions {
  /** True when no other process can write: then a refusal needs no look at the store first. */
  readonly soleWriter: boolean;
}

interface Look<Command, Event, State> {
  readonly at: (stream: LoadedStream<Command, Event, State>) => Promise<void>;
  readonly reject: (error: unknown) => void;
}

/**
 * One stream's commands, one after the other. While an append is in flight later commands queue; then all of them are
 * decided in order against the cached state and appended together with the exact expected revision. A conflict means
 * that another instance wrote: read the tail, decide again.
 */
export class Mailbox<Command, Event, State> {
  /** Set by whoever asks for it, cleared by whoever looks for mailboxes to forget. */
  usedLately = true;
  private readonly loaded: LoadedStream<Command, Event, State>;
  private readonly queue: Waiting<Command, Event>[] = [];
  private readonly looks: Look<Command, Event, State>[] = [];
  private working = false;
  /** False at first and after an append of unknown outcome: the tail must be read before the next decision. */
  private current = false;
  /** True until something has been read from the stream or sent to it. */
  private untouched = true;

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
      const key = this.kind.commandKey(command);
      const name = eventNameFor(this.stream, key);
      this.queue.push({ key, name, command, caller, resolve, reject });
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
        if (batch.length > 0) this.queue.unshift(...batch.slice(await this.process(batch)));
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
    this.untouched = false;
    this.current = true;
  }

  /** Carries out as many of these commands, from the first on, as fit into one append, and says how many those were. */
  private async process(batch: readonly Waiting<Command, Event>[]): Promise<number> {
    // An append to a stream not seen yet costs far less than reading it first, and says whether it is there.
    if (!this.current && !this.untouched) await this.refresh();
    while (true) {
      const now = this.clock.now();
      const draft = new Draft(this.kind, this.loaded, now);
      const due = this.kind.decider.due(this.loaded.state, now, MAX_DUE_EVENTS);
      if (due.length === MAX_DUE_EVENTS) {
        // There may be more of it than fits beside the decisions.
        draft.addDue(due);
        await this.append(draft);
        continue;
      }
      const decided = await draft.decideAll(batch, due);
      if (draft.isEmpty && !this.current) await this.refresh();
      else if (draft.isEmpty ? await this.proveCurrent(draft) : await this.append(draft)) {
        draft.settle();
        return decided;
      }
    }
  }

  /** Answers that rest on the state alone are true only if the stream has not moved on meanwhile. */
  private async proveCurrent(draft: Draft<Command, Event, State>): Promise<boolean> {
    return !draft.restsOnState || this.options.soleWriter || !(await this.loaded.catchUp());
  }

  /** False when the stream holds more than was known of it; then it has been read on. */
  private async append(draft: Draft<Command, Event, State>): Promise<boolean> {
    const { loaded } = this;
    const recordedAt = Math.max(this.clock.now(), loaded.recordedAt);
    const expected = loaded.revision === -1 ? 'no-stream' : loaded.revision;
    this.current = false;
    this.untouched = false;
    const outcome = await this.store.append(this.stream, expected, draft.toAppend(recordedAt));
    if (outcome.status === 'conflict') {
      await this.refresh();
      return false;
    }
    loaded.appended(draft.ids, draft.state, recordedAt, outcome.position);
    this.current = true;
    return true;
  }
}
