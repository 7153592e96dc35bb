import { IdIndex } from '../../domain/id-index.js';
import { decodeValued } from '../../domain/valuation/codec.js';
import type { Valued } from '../../domain/valuation/events.js';
import type { ValuationState } from '../../domain/valuation/state.js';
import { NO_VALUATION } from '../../domain/valuation/state.js';
import { type EventName, nameOf } from '../../domain/values/event-id.js';
import type { EventStore } from '../../ports/event-store.js';

/** A valuation stream as far as valuing on needs it. */
export interface KnownValuation {
  readonly state: ValuationState;
  /** The stream's revision, -1 when it does not exist. */
  readonly revision: number;
  /** The revision at which each sale and dispatch was valued, by its event id: only once somebody asked for one. */
  issues?: IdIndex;
}

const newStream = (): KnownValuation => ({ state: NO_VALUATION, revision: -1 });

/** The valuations used last. The newest event of a stream is its whole state, so one read fetches another. */
export class ValuationCache {
  private readonly streams = new Map<string, KnownValuation>();

  constructor(
    private readonly store: EventStore,
    private readonly capacity: number,
  ) {}

  /** @param isNew the stream is most likely not there yet: an append finds out for less than a read. */
  async get(stream: string, isNew: boolean): Promise<KnownValuation> {
    return this.streams.get(stream) ?? (isNew ? newStream() : await this.load(stream));
  }

  set(stream: string, known: KnownValuation): void {
    this.streams.delete(stream);
    this.streams.set(stream, known);
    if (this.streams.size <= this.capacity) return;
    const [oldest] = this.streams.keys();
    if (oldest !== undefined) this.streams.delete(oldest);
  }

  forget(stream: string): void {
    this.streams.delete(stream);
  }

  clear(): void {
    this.streams.clear();
  }

  /** The valuation of the sale or dispatch that an event of this name tells of, when the stream has one. */
  async findIssue(stream: string, known: KnownValuation, issue: EventName): Promise<Valued | undefined> {
    known.issues ??= await this.indexIssues(stream);
    const from = known.issues.revisionOf(issue);
    if (from === undefined) return undefined;
    for await (const { data } of this.store.readStream(stream, { from, maxCount: 1 })) {
      const valued = decodeValued(data);
      if (nameOf(valued.source.eventId) === issue) return valued;
    }
    return undefined;
  }

  private async load(stream: string): Promise<KnownValuation> {
    let known = newStream();
    for await (const { data, revision } of this.store.readStream(stream, { direction: 'backwards', maxCount: 1 })) {
      known = { state: decodeValued(data).after, revision };
    }
    return known;
  }

  private async indexIssues(stream: string): Promise<IdIndex> {
    const issues = new IdIndex();
    for await (const { data, revision } of this.store.readStream(stream))
      indexIssue(issues, decodeValued(data), revision);
    return issues;
  }
}

export function indexIssue(issues: IdIndex | undefined, { source }: Valued, revision: number): void {
  if (source.type === 'Sold' || source.type === 'Dispatched') issues?.add(source.eventId, revision);
}
