import type { Clock } from '../ports/clock.js';
import type { EventStore } from '../ports/event-store.js';
import type { LoadedStream } from './loaded-stream.js';
import type { MailboxOptions } from './mailbox.js';
import { Mailbox } from './mailbox.js';
import type { Caller, Outcome, StreamKind } from './stream-kind.js';

export interface TransactorOptions extends MailboxOptions {
  /** Ids remembered over all cached streams, at 16 to 24 bytes each; default 8,000,000. */
  readonly maxCachedIds?: number;
}

const MAX_CACHED_IDS = 8_000_000;
/** Streams loaded between two counts of what the cache holds. */
const LOADS_PER_COUNT = 1_024;

/** Runs the commands of one kind of stream, a mailbox for each stream; idle streams are forgotten when there are many. */
export class Transactor<Command, Event, State> {
  private readonly mailboxes = new Map<string, Mailbox<Command, Event, State>>();
  private loads = 0;

  constructor(
    private readonly kind: StreamKind<Command, Event, State>,
    private readonly store: EventStore,
    private readonly clock: Clock,
    private readonly options: TransactorOptions,
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
      cached.usedLately = true;
      return cached;
    }
    const mailbox = new Mailbox(stream, this.kind, this.store, this.clock, this.options);
    this.mailboxes.set(stream, mailbox);
    this.loads += 1;
    if (this.loads % LOADS_PER_COUNT === 0) this.forgetIdle();
    return mailbox;
  }

  /** When the cache holds too much, drops streams that nobody has asked for since it last did, the oldest first. */
  private forgetIdle(): void {
    const { maxCachedIds = MAX_CACHED_IDS } = this.options;
    let cachedIds = 0;
    for (const mailbox of this.mailboxes.values()) cachedIds += mailbox.weight;
    for (const [stream, mailbox] of this.mailboxes) {
      if (cachedIds <= maxCachedIds) return;
      const spared = mailbox.usedLately;
      mailbox.usedLately = false;
      if (spared || !mailbox.idle) continue;
      this.mailboxes.delete(stream);
      cachedIds -= mailbox.weight;
    }
  }
}
