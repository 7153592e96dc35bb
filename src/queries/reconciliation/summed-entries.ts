import { decodeSummary } from '../../domain/delivery/summaries/codec.js';
import { type Summarised, summariesStream } from '../../domain/delivery/summaries/summary.js';
import { IdIndex } from '../../domain/id-index.js';
import type { EventStore } from '../../ports/event-store.js';
import { postingKey } from '../../streams/summaries-log.js';

/** An entry that sums postings, as far as it is kept: it is read again when it is to be named. */
export interface SummedEntry {
  readonly ref: string;
  readonly revision: number;
  /** The ERP may hold it otherwise. */
  readonly isSuspect: boolean;
  /** The ERP has refused it: its postings went on in others. */
  isDissolved: boolean;
  /** Something that it sums is on record as delivered. */
  isDelivered: boolean;
}

/** Which postings an ERP has in which entries: 12 bytes a posting, and a few words an entry. */
export class SummedEntries {
  private readonly all: SummedEntry[] = [];
  private readonly byName = new Map<string, SummedEntry>();
  private readonly byPosting = new IdIndex();

  private constructor(
    private readonly store: EventStore,
    private readonly stream: string,
  ) {}

  static async read(
    store: EventStore,
    connector: string,
    isSuspect: (entry: Summarised) => boolean,
  ): Promise<SummedEntries> {
    const stream = summariesStream(connector);
    const entries = new SummedEntries(store, stream);
    for await (const recorded of store.readStream(stream)) {
      const event = decodeSummary(recorded);
      if (event.type === 'Summarised') entries.add(event, recorded.revision, isSuspect(event));
      else entries.dissolve(event.ref);
    }
    return entries;
  }

  /** The entry that a posting is in; undefined when it is in none, or that one was dissolved. */
  of(ref: string): SummedEntry | undefined {
    const at = this.byPosting.size === 0 ? undefined : this.byPosting.revisionOf(postingKey(ref));
    const entry = at === undefined ? undefined : this.all[at];
    return entry?.isDissolved ? undefined : entry;
  }

  /** Also one that was dissolved. */
  named(ref: string): SummedEntry | undefined {
    return this.byName.get(ref);
  }

  /** Those of which something was delivered, and that the ERP may hold otherwise. */
  suspects(): readonly SummedEntry[] {
    return this.all.filter(({ isSuspect, isDelivered, isDissolved }) => isSuspect && isDelivered && !isDissolved);
  }

  async content({ ref, revision }: SummedEntry): Promise<Summarised> {
    for await (const recorded of this.store.readStream(this.stream, { from: revision, maxCount: 1 })) {
      const event = decodeSummary(recorded);
      if (event.type === 'Summarised') return event;
    }
    throw new Error(`${this.stream} has no entry ${ref} at ${revision}`);
  }

  private add({ ref, refs }: Summarised, revision: number, isSuspect: boolean): void {
    const entry = { ref, revision, isSuspect, isDissolved: false, isDelivered: false };
    for (const posting of refs) this.byPosting.replace(postingKey(posting), this.all.length);
    this.all.push(entry);
    this.byName.set(ref, entry);
  }

  private dissolve(ref: string): void {
    const entry = this.byName.get(ref);
    if (entry !== undefined) entry.isDissolved = true;
  }
}
