import { decodeDelivery } from '../../domain/delivery/codec.js';
import type { DeliveryEvent } from '../../domain/delivery/events.js';
import { partitionNamedBy } from '../../domain/delivery/partitions.js';
import { worthOf } from '../../domain/delivery/worth.js';
import { type StockKey, stockKeyOf } from '../../domain/values/identifiers.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import { formatMoney } from '../../domain/values/money.js';
import type { EventStore, RecordedEvent } from '../../ports/event-store.js';
import { postingsIn } from '../../streams/posting-reader.js';
import { behind, type FeedEntry } from './feed-entry.js';
import { POSTING_EVENT_TYPES, type PostingEventName } from './posting-event-names.js';

/** Streams whose events are told of. */
export const DELIVERY_STREAMS = ['delivery-'];

const TOLD: ReadonlySet<string> = new Set<DeliveryEvent['type']>(['Parked', 'Retried', 'Redated', 'WrittenOff']);

type Told = Extract<DeliveryEvent, { type: 'Parked' | 'Retried' | 'Redated' | 'WrittenOff' }>;

const DECISIONS = { Retried: 'retry', Redated: 'redate', WrittenOff: 'write-off' } as const;

/** What an event of a delivery stream tells: the same event always the same, under the same id. Undefined for nothing. */
export async function postingEntry(
  store: EventStore,
  source: string,
  recorded: RecordedEvent,
): Promise<FeedEntry | undefined> {
  if (!TOLD.has(recorded.type)) return undefined;
  const event = decodeDelivery(recorded) as Told;
  const name: PostingEventName = event.type === 'Parked' ? 'posting-parked' : 'posting-resolved';
  const { connector } = partitionNamedBy(recorded.stream);
  const key = stockKeyOf(event.valuation.stream);
  return {
    place: behind(recorded.position),
    key,
    name,
    event: {
      id: `${recorded.stream}/${recorded.revision}`,
      source,
      type: POSTING_EVENT_TYPES[name],
      subject: `posting-exceptions/${name}/${connector}/${key.location}/${key.sku}`,
      time: formatInstant(event.at),
      sequence: String(recorded.revision).padStart(10, '0'),
      data: { connector, ref: event.ref, ...(await stakeOf(store, key, event)), ...said(event) },
    },
  };
}

async function stakeOf(store: EventStore, key: StockKey, { ref, valuation }: Told): Promise<JsonObject> {
  for await (const event of store.readStream(valuation.stream, { from: valuation.revision, maxCount: 1 })) {
    const posting = postingsIn(event).find((each) => each.ref === ref);
    if (posting === undefined) break;
    const worth = worthOf(posting);
    return { ...key, date: posting.date, value: { amount: formatMoney(worth), currency: worth.currency } };
  }
  throw new Error(`${valuation.stream} has no posting ${ref} at ${valuation.revision}`);
}

function said(event: Told): JsonObject {
  if (event.type === 'Parked') return { reason: event.code, detail: event.detail, attempts: event.attempts };
  return { decision: DECISIONS[event.type], actor: event.actor };
}
