import type { ReadRequest } from '../protocol/read-request.js';
import { type Delivery, encodeDelivery, type NamedEvent } from '../protocol/read-response.js';
import { columnToText } from '../storage/column.js';
import type { EventLog } from '../storage/event-log.js';
import type { EventRow, PageLimit } from '../storage/event-rows.js';
import { RecentMap } from '../storage/recent-map.js';
import { DamagedRecord } from '../storage/schema.js';
import type { Outlet } from './outlet.js';

const LINK_TYPE = '$>';
const LINK_DATA = /^[\t-\r ]*([+-]?\d+)[\t-\r ]*(?:@(.*))?$/s;
const VERDICTS_KEPT = 8_192;
const ONE_EVENT: PageLimit = { events: 1, bytes: 1 };

/** Sends stored events as messages of one read: filters them, and resolves links if asked to. */
export class Deliveries {
  readonly #verdicts = new RecentMap<number, boolean>(VERDICTS_KEPT);

  constructor(
    private readonly log: EventLog,
    private readonly request: ReadRequest,
    private readonly outlet: Outlet<unknown>,
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

  send(row: EventRow): void {
    const event = this.#named(row);
    if (this.request.resolveLinks && event.type === LINK_TYPE)
      this.outlet.send(encodeDelivery(this.#resolve(event), this.request.structuredIds));
    else this.outlet.send(this.#encode(event), this.#again(row.position));
  }

  #encode(event: NamedEvent): Buffer {
    if (this.request.structuredIds) return encodeDelivery({ event }, true);
    event.row.encoded ??= encodeDelivery({ event }, false);
    return event.row.encoded;
  }

  /** An event stays what it is; what a link leads to may not. */
  #again(position: number): () => Buffer {
    return () => {
      const [row] = this.log.allForwards(position, position, ONE_EVENT).events;
      if (row === undefined) throw new DamagedRecord(`The event at position ${position} is no longer there`);
      return this.#encode(this.#named(row));
    };
  }

  #resolve(event: NamedEvent): Delivery {
    const [, digits, stream] = LINK_DATA.exec(columnToText(event.row.data)) ?? [];
    if (digits === undefined) return { event };
    const revision = BigInt(digits.replace('+', ''));
    // What takes more than 64 bits is no revision.
    if (revision !== BigInt.asIntN(64, revision)) return { event };
    const target = stream === undefined ? undefined : this.#readable(stream, Number(revision));
    return target === undefined ? { link: event } : { event: this.#named(target), link: event };
  }

  /** The event a link names, as far as a read of its stream shows it; -1 names the last one. */
  #readable(stream: string, revision: number): EventRow | undefined {
    const state = this.log.streams.state(stream);
    if (this.log.status(state) !== 'found') return undefined;
    const at = revision === -1 ? state.lastRevision : revision;
    return this.log.streamForwards(state, at, at, ONE_EVENT).events[0];
  }

  #named(row: EventRow): NamedEvent {
    const { streams } = this.log;
    return { row, stream: streams.streamName(row.stream), type: streams.typeName(row.type) };
  }
}
