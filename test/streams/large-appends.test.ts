import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import type { StockCommand } from '../../src/domain/stock/commands.js';
import type { TransferCommand } from '../../src/domain/transfer/commands.js';
import type { LocationId, Sku } from '../../src/domain/values/identifiers.js';
import {
  type AppendOutcome,
  type ExpectedRevision,
  MAX_APPEND_BYTES,
  type NewEvent,
} from '../../src/ports/event-store.js';
import { DecisionTooLarge } from '../../src/streams/draft.js';
import { StockTransactor, stockStreams } from '../../src/streams/stock-streams.js';
import type { Caller, Outcome } from '../../src/streams/stream-kind.js';
import { TransferTransactor, transferStreams } from '../../src/streams/transfer-streams.js';
import { FixedClock } from '../support/fixed-clock.js';
import { at, id, receipt, reserve, sale } from '../support/given-stock.js';

const STREAM = 'stock-MUG@STORE-A';
const caller: Caller = { actor: 'till-1', correlationId: 'request-1' };

/** Refuses too large appends as the real store does, and remembers how large they were. */
class MeasuringStore extends MemoryEventStore {
  readonly sizes: number[] = [];

  override append(stream: string, expected: ExpectedRevision, events: readonly NewEvent[]): Promise<AppendOutcome> {
    this.sizes.push(events.reduce((sum, { data }) => sum + Buffer.byteLength(JSON.stringify(data)), 0));
    return super.append(stream, expected, events);
  }

  get bytes(): number {
    return this.sizes.reduce((sum, size) => sum + size, 0);
  }
}

function shop(store = new MeasuringStore()) {
  const clock = new FixedClock(at('12:00'));
  const stock = new StockTransactor(stockStreams, store, clock, { soleWriter: false });
  const transfers = new TransferTransactor(transferStreams, store, clock, { soleWriter: false });
  return {
    store,
    execute: (command: StockCommand) => stock.execute(STREAM, command, caller),
    record: (movement: ReturnType<typeof sale>) => stock.execute(STREAM, { type: 'record-movement', movement }, caller),
    transfer: (command: TransferCommand) => transfers.execute('transfer-t-1', command, caller),
  };
}

const revisionOf = (outcome: Outcome<unknown>) => (outcome.status === 'done' ? outcome.events[0]?.revision : undefined);
const many = <T>(count: number, make: (number: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n));

describe('more at once than an append may hold', () => {
  it('is written in several, in order: sales that each put fifty long-named holds at risk', async () => {
    const { store, execute, record } = shop();
    await record(receipt(60));
    await Promise.all(many(60, (n) => execute(reserve(`${n}-`.padEnd(64, 'x'), 1))));
    const before = store.sizes.length;
    const outcomes = await Promise.all(many(500, () => record(sale(60))));
    expect(outcomes.map(revisionOf)).toEqual(many(500, (n) => 61 + n));
    expect(store.bytes).toBeGreaterThan(MAX_APPEND_BYTES);
    expect(store.sizes.length - before).toBeGreaterThan(1);
  });

  it('is written in several: receipts of a hundred lines for one transfer', async () => {
    const { store, transfer } = shop();
    const lines = many(100, (n) => ({ sku: `${n}`.padEnd(64, 'x') as Sku, quantity: 1_000_000_000 }));
    const [from, to] = ['STORE-A' as LocationId, 'STORE-B' as LocationId];
    await transfer({ type: 'request-transfer', id: id('t-1'), from, to, lines, dueAt: null });
    await transfer({ type: 'finish-dispatch', stockPosition: 1n, remarks: [] });
    const came = lines.map((line) => ({ ...line, disposition: 'quarantine' as const }));
    const outcomes = await Promise.all(
      many(100, (n) => transfer({ type: 'report-receipt', id: id(`r-${n}`), lines: came, closes: false })),
    );
    expect(outcomes.map(revisionOf)).toEqual(many(100, (n) => 2 + n));
    expect(store.bytes).toBeGreaterThan(MAX_APPEND_BYTES);
  });

  it('is bounded by bytes, not by characters', async () => {
    const { store, record } = shop();
    const reservationId = '\u0000'.repeat(256);
    const reference = '\ud800'.repeat(256);
    const outcomes = await Promise.all(many(500, () => record(sale(1, '10:00', { reservationId, reference }))));
    expect(outcomes.map(revisionOf)).toEqual(many(500, (n) => n));
    expect(store.bytes).toBeGreaterThan(MAX_APPEND_BYTES);
  });

  it('finds a duplicate of what the append before has written', async () => {
    const { record } = shop();
    const large = { reservationId: '\u0000'.repeat(256), reference: '\ud800'.repeat(256) };
    const first = sale(1, '10:00', large);
    const outcomes = await Promise.all([
      record(first),
      ...many(450, () => record(sale(1, '10:00', large))),
      record(first),
    ]);
    expect(outcomes.at(-1)).toMatchObject({ status: 'known', recorded: { revision: 0 } });
  });
});

describe('what does not fit into any append', () => {
  /** Nobody gets such a reference past the API. */
  const tooLarge = () => reserve('c'.repeat(MAX_APPEND_BYTES), 1);

  it('is refused alone', async () => {
    const { store, execute, record } = shop();
    const outcomes = await Promise.allSettled([
      record(receipt(5)),
      execute(tooLarge()),
      record(sale(1)),
      execute(tooLarge()),
      execute(reserve('cart', 4)),
    ]);
    expect(outcomes.map(({ status }) => status)).toEqual([
      'fulfilled',
      'rejected',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
    expect(outcomes[1]).toMatchObject({ reason: expect.any(DecisionTooLarge) });
    expect(store.bytes).toBeLessThan(MAX_APPEND_BYTES);
  });
});

describe('an ordinary rush', () => {
  it('is still one append', async () => {
    const { store, execute, record } = shop();
    await record(receipt(500));
    await Promise.all(
      many(500, (n) => execute(reserve(`order-${n}`.padEnd(64, '0'), 1, 600, { channel: 'marketplace' }))),
    );
    // One for the receipt, and the first of the rush may have had nobody to go with.
    expect(store.sizes.length).toBeLessThanOrEqual(3);
  });
});
