import type { Clock } from '../ports/clock.js';
import type { EventStore } from '../ports/event-store.js';
import type { LoadedStream } from './loaded-stream.js';
import type { MailboxOptions } from './mailbox.js';
import { Mailbox } from './mailbox.js';
import type { Caller, Outcome, StreamKind } from './stream-kind.js';
import { WriteHorizon } from './write-horizon.js';

/** Ids remembered over all cached streams, at 16 to 24 bytes each. */
const MAX_CACHED_IDS = 8_000_000;
/** Streams loaded between two counts of what the cache holds. */
const LOADS_PER_COUNT = 1_024;

/** Runs the commands of one kind of stream, a mailbox for each stream; idle streams are forgotten when there are many. */
export class Transactor<Command, Event, State> {
  private readonly mailboxes = new Map<string, Mailbox<Command, Event, State>>();
  private readonly horizon = new WriteHorizon();
  private loads = 0;

  constructor(
    private readonly kind: StreamKind<Command, Event, State>,
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly options: MailboxOptions,
  ) {}

  /** @throws Overloaded, EventStoreUnavailable; then it is unknown whether the command was carried out: send it again. */
  execute(stream: string, command: Command, caller: Caller): Promise<Outcome<Event>> {
    return this.mailbox(stream).submit(command, caller);
  }

  /** Looks at a stream as it is now. */
  read<Answer>(
    stream: string,
    look: (stream: LoadedStream<Command, Event, State>) => Promise<Answer> | Answer,
  ): Promise<Answer> {
    return this.mailbox(stream).read(look);
  }

  private mailbox(stream: string): Mailbox<Command, Event, State> {
    const cached = this.mailboxes.get(stream);
    if (cached !== undefined) {
      // Re-inserting keeps the map in order of use.
      this.mailboxes.delete(stream);
      this.mailboxes.set(stream, cached);
      return cached;
    }
    const mailbox = new Mailbox(stream, this.kind, this.store, this.clock, this.options, this.horizon);
    this.mailboxes.set(stream, mailbox);
    this.loads += 1;
    if (this.loads % LOADS_PER_COUNT === 0) this.forgetIdle();
    return mailbox;
  }

  /** Drops the least recently used streams when the cache holds too much. */
  private forgetIdle(): void {
    let cachedIds = 0;
    for (const mailbox of this.mailboxes.values()) cachedIds += mailbox.weight;
    for (const [stream, mailbox] of this.mailboxes) {
      if (cachedIds <= MAX_CACHED_IDS) return;
      if (!mailbox.idle) continue;
      this.mailboxes.delete(stream);
      cachedIds -= mailbox.weight;
    }
  }
}
