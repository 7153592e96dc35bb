import type { ReadRequest } from '../protocol/read-request.js';
import { type Delivery, encodeDelivery, type NamedEvent } from '../protocol/read-response.js';
import { columnToText } from '../storage/column.js';
import type { EventLog } from '../storage/event-log.js';
import type { EventRow } from '../storage/event-rows.js';
import { RecentMap } from '../storage/recent-map.js';

const LINK_TYPE = '$>';
const LINK_DATA = /^\s*([+-]?\d+)\s*@(.*)$/s;
const VERDICTS_KEPT = 8_192;

/** Turns stored events into messages of one read: filters them, and resolves links if asked to. */
export class Deliveries {
  readonly #verdicts = new RecentMap<number, boolean>(VERDICTS_KEPT);

  constructor(
    private readonly log: EventLog,
    private readonly request: ReadRequest,
  ) {}

  /** The filter looks at the stored event, also where that is a link. */
  matches(row: EventRow): boolean {
    const { filter } = this.request;
    if (filter === undefined) return true;
    const key = filter.by === 'stream' ? row.stream : row.type;
    const known = this.#verdicts.get(key);
    if (known !== undefined) return known;
    const { streams } = this.log;
    const verdict = filter.matches(filter.by === 'stream' ? streams.streamName(key) : streams.typeName(key));
    this.#verdicts.set(key, verdict);
    return verdict;
  }

  encode(row: EventRow): Buffer {
    const event = this.#named(row);
    const { structuredIds, resolveLinks } = this.request;
    if (structuredIds) return encodeDelivery(this.#deliver(event), true);
    if (resolveLinks && event.type === LINK_TYPE) return encodeDelivery(this.#deliver(event), false);
    row.encoded ??= encodeDelivery({ event }, false);
    return row.encoded;
  }

  #deliver(event: NamedEvent): Delivery {
    if (!this.request.resolveLinks || event.type !== LINK_TYPE) return { event };
    const [, revision, stream] = LINK_DATA.exec(columnToText(event.row.data)) ?? [];
    if (revision === undefined || stream === undefined) return { event };
    const target = this.#readable(stream, Number(revision));
    return target === undefined ? { link: event } : { event: this.#named(target), link: event };
  }

  /** The event a link names, as far as a read of its stream shows it; -1 names the last one. */
  #readable(stream: string, revision: number): EventRow | undefined {
    const state = this.log.streams.state(stream);
    if (this.log.status(state) !== 'found') return undefined;
    const at = revision === -1 ? state.lastRevision : revision;
    return this.log.streamForwards(state, at, at, { events: 1, bytes: 1 }).events[0];
  }

  #named(row: EventRow): NamedEvent {
    const { streams } = this.log;
    return { row, stream: streams.streamName(row.stream), type: streams.typeName(row.type) };
  }
}
