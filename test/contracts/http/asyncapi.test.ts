import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { MOVEMENT_REJECTED } from '../../../src/adapters/movement-source/nats/rejected-movements.js';
import { natsSubject } from '../../../src/adapters/nats.js';
import { asyncApiDocument } from '../../../src/http/contract/asyncapi.js';
import type { CloudEvent } from '../../../src/ports/event-bus.js';
import { FEED_EVENT_TYPES } from '../../../src/projections/feed/feed-events.js';
import { FeedFold } from '../../../src/projections/feed/feed-fold.js';
import { POSTING_EVENT_TYPES } from '../../../src/projections/feed/posting-event-names.js';
import { DELIVERY_STREAMS, postingEntry } from '../../../src/projections/feed/posting-events.js';
import { decideParked, deliverUntil, happened, valueAll } from '../../projections/erp-delivery/poster.js';
import { TrialErp } from '../../projections/erp-delivery/trial-erp.js';
import { batchOf, happens, key, reserved, sold, warnAt } from '../../projections/feed/shop.js';
import { received } from '../../projections/stock-events.js';

interface ObjectSchema {
  readonly required: readonly string[];
  readonly properties: Readonly<Record<string, ObjectSchema & { readonly const?: unknown }>>;
}
interface Message {
  readonly name: string;
  readonly payload: ObjectSchema;
}
interface Document {
  readonly channels: Readonly<Record<string, { address: string | null; messages: Record<string, { $ref: string }> }>>;
  readonly components: { messages: Readonly<Record<string, Message>>; schemas: Readonly<Record<string, unknown>> };
}
const document = asyncApiDocument() as Document;
const { messages } = document.components;
const FEED = [...Object.values(FEED_EVENT_TYPES), ...Object.values(POSTING_EVENT_TYPES)];

/** A little of everything that the feed can tell. */
async function everyKind(): Promise<readonly CloudEvent[]> {
  const store = new MemoryEventStore();
  await happens(store, key('MUG.1'), received('r-1', 3));
  await happens(store, key('MUG.1'), warnAt(2));
  await happens(store, key('MUG.1'), reserved('cart', 2, 60));
  await happens(store, key('MUG.1'), sold('s-1', 3, { exceptions: ['oversold', 'late'], atRisk: ['cart'] }));
  const { entries } = await new FeedFold(store, '/stockfold/test').take(await batchOf(store));
  return [...entries.map(({ event }) => event), ...(await ofPostings(store))];
}

async function ofPostings(store: MemoryEventStore): Promise<readonly CloudEvent[]> {
  const erp = new TrialErp();
  erp.trouble = () => 'period-closed';
  await valueAll(store);
  await deliverUntil(store, erp, async () => (await happened(store, 'Parked')).length > 0);
  await decideParked(store, { type: 'Retried', actor: 'maria', comment: 'open again' });
  const events: CloudEvent[] = [];
  for await (const recorded of store.readAll({ streamPrefixes: DELIVERY_STREAMS })) {
    const entry = await postingEntry(store, '/stockfold/test', recorded);
    if (entry !== undefined) events.push(entry.event);
  }
  return events;
}

function hasShape(value: object, { required, properties }: ObjectSchema): void {
  const fields = Object.keys(value);
  expect(Object.keys(properties)).toEqual(expect.arrayContaining(fields));
  expect(fields).toEqual(expect.arrayContaining([...required]));
}

describe('the written contract of messages', () => {
  it('names every event that the service tells, and no other', () => {
    const written = Object.values(messages).map(({ name }) => name);
    const told = [...FEED, MOVEMENT_REJECTED];
    expect(written.filter((name) => name.endsWith('.v1')).sort()).toEqual([...told].sort());
  });

  it('has the shape of what is told', async () => {
    const events = await everyKind();
    expect(new Set(events.map(({ type }) => type))).toEqual(new Set(FEED));
    for (const event of events) {
      const message = Object.values(messages).find(({ name }) => name === event.type);
      if (message === undefined) throw new Error(`${event.type} is not written down.`);
      hasShape({ specversion: '1.0', datacontenttype: 'application/json', ...event }, message.payload);
      const { data } = message.payload.properties;
      if (data === undefined) throw new Error(`${event.type} has no data.`);
      hasShape(event.data, data);
    }
  });

  it('names the subject of every event', async () => {
    for (const event of await everyKind()) {
      const channel = Object.values(document.channels).find(({ messages: held }) =>
        Object.values(held).some(({ $ref }) => messages[$ref.split('/').at(-1) ?? '']?.name === event.type),
      );
      const pattern = new RegExp(`^${channel?.address?.replaceAll('.', '\\.').replace(/\{\w+\}/g, '[^.]+')}$`);
      expect(natsSubject('stockfold', event.subject)).toMatch(pattern);
    }
  });

  it('refers only to what it holds', () => {
    const text = JSON.stringify(document);
    const meant = [...text.matchAll(/"#\/([^"]+)"/g)].map((match) => (match[1] ?? '').split('/'));
    for (const path of meant) {
      const held = path.reduce<unknown>((at, name) => (at as Record<string, unknown> | undefined)?.[name], document);
      expect(held, path.join('/')).toBeDefined();
    }
  });
});
