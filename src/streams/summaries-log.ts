import { decodeSummary, encodeSummary } from '../domain/delivery/summaries/codec.js';
import { type Sum, type Summarised, type SummaryEvent, summariesStream } from '../domain/delivery/summaries/summary.js';
import { IdIndex } from '../domain/id-index.js';
import { eventId } from '../domain/values/event-id.js';
import { formatInstant, type Instant } from '../domain/values/instant.js';
import type { EventStore } from '../ports/event-store.js';
import { RecentMap } from './recent-map.js';

/** Entries kept at hand; they are asked for again right after they were made. */
const AT_HAND = 128;

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** What an index of ids, which takes uuids only, knows a posting by: the ref of a second part is none. */
export const postingKey = (ref: string): string => (UUID.test(ref) ? ref : eventId('posting-ref', ref));

/** Which postings of a connector are summed in which entry, as its stream says. */
export class SummariesLog {
  /** The revision of the newest entry of each posting, and of each entry by its own name. */
  private readonly index = new IdIndex();
  private readonly dissolved = new Set<string>();
  private readonly atHand = new RecentMap<number, Summarised>(AT_HAND);
  private revision = -1;
  private readonly stream: string;

  constructor(
    private readonly store: EventStore,
    connector: string,
  ) {
    this.stream = summariesStream(connector);
  }

  /** True as long as nothing was ever summed. */
  get isEmpty(): boolean {
    return this.revision < 0;
  }

  /** Takes in what was written meanwhile. */
  async readOn(): Promise<void> {
    for await (const event of this.store.readStream(this.stream, { from: this.revision + 1 })) {
      this.take(decodeSummary(event), event.revision);
    }
  }

  /** The entry that a posting is in; undefined when it is in none, or that one was dissolved. */
  async entryOf(ref: string): Promise<Summarised | undefined> {
    const entry = await this.at(this.index.revisionOf(postingKey(ref)));
    return entry?.refs.includes(ref) && !this.dissolved.has(entry.ref) ? entry : undefined;
  }

  /** The entry of this name, also one that was dissolved. */
  async named(ref: string): Promise<Summarised | undefined> {
    const entry = await this.at(this.index.revisionOf(postingKey(ref)));
    return entry?.ref === ref ? entry : undefined;
  }

  isDissolved(ref: string): boolean {
    return this.dissolved.has(ref);
  }

  /** Gives it its name and records it. @returns undefined when somebody else wrote: read on, and look again */
  async add(sum: Sum, at: Instant): Promise<Summarised | undefined> {
    const ref = eventId(this.stream, String(this.revision + 1));
    const entry: Summarised = { type: 'Summarised', ref, ...sum };
    return (await this.append(entry, at)) ? entry : undefined;
  }

  /** @returns false when somebody else wrote */
  dissolve(ref: string, at: Instant): Promise<boolean> {
    return this.append({ type: 'Dissolved', ref }, at);
  }

  private async append(event: SummaryEvent, at: Instant): Promise<boolean> {
    const metadata = { schemaVersion: 1, recordedAt: formatInstant(at) };
    const revision = this.revision + 1;
    const outcome = await this.store.append(this.stream, revision === 0 ? 'no-stream' : revision - 1, [
      // A fresh id: were it derived, a second writer's append would pass for a repetition of ours.
      { id: crypto.randomUUID(), ...encodeSummary(event), metadata },
    ]);
    if (outcome.status === 'conflict') return false;
    this.take(event, revision);
    return true;
  }

  /** Read beside an append of ours, an event comes twice: the older one must not undo what the newer said. */
  private take(event: SummaryEvent, revision: number): void {
    if (revision <= this.revision) return;
    this.revision = revision;
    if (event.type === 'Dissolved') {
      this.dissolved.add(event.ref);
      return;
    }
    this.atHand.set(revision, event);
    for (const ref of event.refs) this.index.replace(postingKey(ref), revision);
    this.index.replace(event.ref, revision);
  }

  private async at(revision: number | undefined): Promise<Summarised | undefined> {
    if (revision === undefined) return undefined;
    const known = this.atHand.get(revision);
    if (known !== undefined) return known;
    for await (const recorded of this.store.readStream(this.stream, { from: revision, maxCount: 1 })) {
      const event = decodeSummary(recorded);
      if (event.type !== 'Summarised') return undefined;
      this.atHand.set(revision, event);
      return event;
    }
    return undefined;
  }
}

/** The logs of all connectors, as far as somebody has asked. */
export class SummariesLogs {
  private readonly logs = new Map<string, SummariesLog>();

  constructor(private readonly store: EventStore) {}

  /** With everything that is recorded by now. */
  async of(connector: string): Promise<SummariesLog> {
    const log = this.logs.get(connector) ?? new SummariesLog(this.store, connector);
    this.logs.set(connector, log);
    await log.readOn();
    return log;
  }
}
