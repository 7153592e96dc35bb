import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import type { StockCommand } from '../../src/domain/stock/commands.js';
import type { StockEvent } from '../../src/domain/stock/events.js';
import {
  type AppendOutcome,
  EventStoreUnavailable,
  type ExpectedRevision,
  type NewEvent,
  type ReadStreamOptions,
  type RecordedEvent,
} from '../../src/ports/event-store.js';
import { StockTransactor, stockStreams } from '../../src/streams/stock-streams.js';
import type { Caller, Outcome } from '../../src/streams/stream-kind.js';
import { FixedClock } from '../support/fixed-clock.js';
import { at, confirm, count, id, receipt, reserve, sale } from '../support/given-stock.js';

const STREAM = 'stock-MUG@STORE-A';
const caller: Caller = { actor: 'till-1', correlationId: 'request-1' };

function instance(store: MemoryEventStore, clock = new FixedClock(at('12:00')), soleWriter = false) {
  const transactor = new StockTransactor(stockStreams, store, clock, { soleWriter });
  const execute = (command: StockCommand): Promise<Outcome<StockEvent>> => transactor.execute(STREAM, command, caller);
  return { execute, record: (movement: Parameters<typeof toCommand>[0]) => execute(toCommand(movement)) };
}

const toCommand = (movement: ReturnType<typeof sale>): StockCommand => ({ type: 'record-movement', movement });

async function recordedIn(store: MemoryEventStore) {
  const events = [];
  for await (const event of store.readStream(STREAM)) events.push(event);
  return events;
}

/** Counts appends and reads, and can hold appends up, lose answers or fail. */
class WatchedStore extends MemoryEventStore {
  appends: (readonly NewEvent[])[] = [];
  reads = 0;
  fault: ((attempt: () => Promise<AppendOutcome>) => Promise<AppendOutcome>) | undefined;

  override append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendOutcome> {
    this.appends.push(events);
    const attempt = () => super.append(stream, expected, events);
    const { fault } = this;
    this.fault = undefined;
    return fault === undefined ? attempt() : fault(attempt);
  }

  override readStream(stream: string, options?: ReadStreamOptions): AsyncIterable<RecordedEvent> {
    this.reads += 1;
    return super.readStream(stream, options);
  }
}

describe('the mailbox of a stream', () => {
  it('writes a movement once, however often it is sent', async () => {
    const store = new MemoryEventStore();
    const { record } = instance(store);
    const movement = sale(3);
    expect(await record(movement)).toMatchObject({ status: 'done' });
    expect(await record(movement)).toMatchObject({
      status: 'known',
      recorded: { revision: 0, event: { quantity: 3 } },
    });
    expect(await recordedIn(store)).toHaveLength(1);
  });

  it('recognises a duplicate on another instance', async () => {
    const store = new MemoryEventStore();
    const movement = sale(3);
    await instance(store).record(movement);
    expect(await instance(store).record(movement)).toMatchObject({ status: 'known', recorded: { revision: 0 } });
  });

  it('recognises two of the same in one batch', async () => {
    const store = new MemoryEventStore();
    const { record } = instance(store);
    const movement = sale(3);
    const [first, second] = await Promise.all([record(movement), record(movement)]);
    expect(first).toMatchObject({ status: 'done', events: [{ revision: 0 }] });
    expect(second).toMatchObject({ status: 'known', recorded: { revision: 0 } });
  });

  it('decides together what arrives while an append is in flight', async () => {
    const store = new WatchedStore();
    const { record } = instance(store);
    await Promise.all(Array.from({ length: 100 }, () => record(sale(1))));
    expect(await recordedIn(store)).toHaveLength(100);
    expect(store.appends.length).toBeLessThan(10);
  });

  it('gives each command of a batch its own revision', async () => {
    const { record } = instance(new MemoryEventStore());
    const outcomes = await Promise.all(Array.from({ length: 20 }, () => record(sale(1))));
    const revisions = outcomes.map((outcome) => (outcome.status === 'done' ? outcome.events[0]?.revision : undefined));
    expect(revisions).toEqual(Array.from({ length: 20 }, (_, index) => index));
  });

  it('decides again when another instance wrote meanwhile, so that nothing is promised twice', async () => {
    const store = new MemoryEventStore();
    const [one, other] = [instance(store), instance(store)];
    await one.record(receipt(10));
    const attempts = Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? one : other).execute(reserve(`cart-${n}`, 1)));
    const outcomes = await Promise.all(attempts);
    expect(outcomes.filter(({ status }) => status === 'done')).toHaveLength(10);
    expect(outcomes.filter(({ status }) => status === 'rejected')).toHaveLength(30);
    const held = (await recordedIn(store)).filter(({ type }) => type === 'Reserved');
    expect(held).toHaveLength(10);
  });

  it('looks at the store before it says that stock is insufficient', async () => {
    const store = new MemoryEventStore();
    const [one, other] = [instance(store), instance(store)];
    await one.record(receipt(1));
    await one.execute(reserve('cart-1', 1));
    await other.record(receipt(5));
    expect(await one.execute(reserve('cart-2', 5))).toMatchObject({ status: 'done' });
  });

  it('finds out what became of an append whose answer was lost', async () => {
    const store = new WatchedStore();
    const { record } = instance(store);
    store.fault = async (attempt) => {
      await attempt();
      throw new EventStoreUnavailable('the answer was lost');
    };
    const movement = sale(3);
    await expect(record(movement)).rejects.toThrow('the answer was lost');
    expect(await record(movement)).toMatchObject({ status: 'known' });
    expect(await recordedIn(store)).toHaveLength(1);
  });

  it('goes on after an append that never arrived', async () => {
    const store = new WatchedStore();
    const { record } = instance(store);
    store.fault = async () => {
      throw new EventStoreUnavailable('away');
    };
    await expect(record(sale(3))).rejects.toThrow('away');
    await record(sale(4));
    expect(await recordedIn(store)).toMatchObject([{ data: { quantity: 4 } }]);
  });

  it('writes the end of expired holds with the decision that relies on it', async () => {
    const store = new WatchedStore();
    const clock = new FixedClock(at('12:00'));
    const { record, execute } = instance(store, clock);
    await record(receipt(1));
    await execute(reserve('cart-1', 1, 60));
    clock.set(at('12:02'));
    await execute(reserve('cart-2', 1, 60));
    expect(store.appends.at(-1)?.map(({ type }) => type)).toEqual(['Released', 'Reserved']);
  });

  it('lets a clock that runs ahead lose a hold early, and never sells its unit twice', async () => {
    const store = new MemoryEventStore();
    const punctual = instance(store, new FixedClock(at('12:00')));
    const ahead = instance(store, new FixedClock(at('12:00:30')));
    await punctual.record(receipt(1));
    await punctual.execute(reserve('cart-1', 1, 5));
    expect(await ahead.execute(reserve('cart-2', 1, 5))).toMatchObject({ status: 'done' });
    expect(await punctual.execute(confirm('cart-1'))).toMatchObject({ status: 'rejected' });
  });

  it('releases more expired holds than fit beside one decision', async () => {
    const store = new MemoryEventStore();
    const clock = new FixedClock(at('12:00'));
    const { record, execute } = instance(store, clock);
    await record(receipt(1_300));
    await Promise.all(Array.from({ length: 1_300 }, (_, n) => execute(reserve(`cart-${n}`, 1, 5))));
    clock.set(at('12:01'));
    expect(await execute(reserve('all', 1_300))).toMatchObject({ status: 'done' });
  });

  it('reads the history for a count that comes late, also within a batch', async () => {
    const store = new MemoryEventStore();
    const { record } = instance(store);
    await record(receipt(10, '08:00'));
    const [, counted] = await Promise.all([record(sale(2, '11:30')), record(count(7, '11:00'))]);
    expect(counted).toMatchObject({ status: 'done', events: [{ event: { variance: -3 } }] });
  });

  it('never lets recorded time go back, whatever the clock does', async () => {
    const store = new MemoryEventStore();
    const clock = new FixedClock(at('12:00'));
    const { record } = instance(store, clock);
    await record(sale(1));
    clock.set(at('11:00'));
    await record(sale(1));
    const times = (await recordedIn(store)).map(({ metadata }) => metadata.recordedAt);
    expect(times[1]).toBe(times[0]);
  });

  it('names actor, request and command in the metadata', async () => {
    const store = new MemoryEventStore();
    await instance(store).record(sale(1, '10:00', { id: id('sale-77') }));
    expect((await recordedIn(store))[0]?.metadata).toMatchObject({
      actor: 'till-1',
      correlationId: 'request-1',
      commandId: 'sale-77',
      schemaVersion: 1,
    });
  });
});

describe('the first look at a stream', () => {
  const newcomer = (store: MemoryEventStore) => {
    const transactor = new StockTransactor(stockStreams, store, new FixedClock(at('12:00')), { soleWriter: false });
    return (command: StockCommand) => transactor.execute(STREAM, command, caller);
  };

  it('is the append itself where nothing was written yet', async () => {
    const store = new WatchedStore();
    const execute = newcomer(store);
    expect(await execute(toCommand(receipt(5)))).toMatchObject({ status: 'done', events: [{ revision: 0 }] });
    expect(await execute(reserve('cart-1', 5))).toMatchObject({ status: 'done', events: [{ revision: 1 }] });
    expect(store.reads).toBe(0);
  });

  it('finds out what the stream holds, and decides on that', async () => {
    const store = new MemoryEventStore();
    await instance(store).record(receipt(5));
    const execute = newcomer(store);
    const counted = await execute(toCommand(count(7, '11:00')));
    expect(counted).toMatchObject({ status: 'done', events: [{ revision: 1, event: { variance: 2 } }] });
  });

  it('never refuses on the guess that there is nothing', async () => {
    const store = new MemoryEventStore();
    await instance(store).record(receipt(5));
    const execute = newcomer(store);
    expect(await execute(reserve('cart-1', 5))).toMatchObject({ status: 'done' });
  });

  it('knows a duplicate of what the stream begins with, and what it says', async () => {
    const store = new MemoryEventStore();
    const movement = sale(3);
    await instance(store).record(movement);
    await instance(store).record(sale(1));
    const execute = newcomer(store);
    const changed = toCommand(sale(4, '10:00', { id: movement.id }));
    expect(await execute(changed)).toMatchObject({
      status: 'known',
      recorded: { revision: 0, event: { quantity: 3 } },
    });
    expect(await recordedIn(store)).toHaveLength(2);
  });

  it('knows its own append whose answer was lost', async () => {
    const store = new WatchedStore();
    const execute = newcomer(store);
    const movement = sale(3);
    store.fault = async (attempt) => {
      await attempt();
      throw new EventStoreUnavailable('the answer was lost');
    };
    await expect(execute(toCommand(movement))).rejects.toThrow('the answer was lost');
    const changed = toCommand(sale(4, '10:00', { id: movement.id }));
    expect(await execute(changed)).toMatchObject({ status: 'known', recorded: { event: { quantity: 3 } } });
  });
});

describe('two who say different things under one name at the same time', () => {
  it.each(['an empty stream', 'a stream both know'])('are not both believed: on %s', async (kind) => {
    const store = new MemoryEventStore();
    const [one, other] = [instance(store), instance(store)];
    if (kind !== 'an empty stream') {
      await one.record(receipt(5));
      await other.record(sale(1));
    }
    const name = id('till-9');
    const told = [one.record(sale(3, '11:00', { id: name })), other.record(sale(4, '11:00', { id: name }))];
    const outcomes = await Promise.all(told);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['done', 'known']);
    const known = outcomes.find(({ status }) => status === 'known');
    const kept = (await recordedIn(store)).filter(({ metadata }) => metadata.commandId === name);
    expect(kept).toHaveLength(1);
    expect(known).toMatchObject({ recorded: { event: { quantity: kept[0]?.data.quantity } } });
  });
});

describe('the cache of streams', () => {
  it('forgets what nobody asks for any more, and keeps what is in use', async () => {
    const store = new WatchedStore();
    const options = { soleWriter: true, maxCachedIds: 20_000 };
    const transactor = new StockTransactor(stockStreams, store, new FixedClock(at('12:00')), options);
    const stream = (number: number) => `stock-MUG@STORE-${number}`;
    const record = (number: number) => transactor.execute(stream(number), toCommand(sale(1)), caller);
    const USED = 0;
    const FORGOTTEN = 1;
    for (let number = 0; number < 6_000; number += 1) await Promise.all([record(number), record(USED)]);
    store.reads = 0;
    await record(USED);
    expect(store.reads).toBe(0);
    await record(FORGOTTEN);
    expect(store.reads).toBe(1);
  });
});
