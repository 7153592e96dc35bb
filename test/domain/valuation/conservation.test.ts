import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { COSTING_METHODS } from '../../../src/domain/master-data/sku.js';
import { Rejected } from '../../../src/domain/rejected.js';
import type { StockCommand } from '../../../src/domain/stock/commands.js';
import { stockDecider } from '../../../src/domain/stock/decider.js';
import type { StockEvent } from '../../../src/domain/stock/events.js';
import { DISPOSITIONS, isMovement } from '../../../src/domain/stock/events.js';
import type { StockState } from '../../../src/domain/stock/state.js';
import { decodeValued, encodeValued } from '../../../src/domain/valuation/codec.js';
import { DAMAGED_TREATMENTS, type ValuationTerms } from '../../../src/domain/valuation/posting-rules.js';
import { evolveValuation } from '../../../src/domain/valuation/state.js';
import type { ClientId } from '../../../src/domain/values/identifiers.js';
import { History } from './history.js';

/** What a store may report, in any order: times are drawn apart from the order of reporting, so many come late. */
const quantity = fc.integer({ min: 1, max: 40 });
const shelf = fc.constantFrom(...DISPOSITIONS);
const cents = (max: number) => fc.integer({ min: 0, max }).map((value) => (value / 1_000).toFixed(3));
const reported = fc.oneof(
  fc.record({
    type: fc.constant('Received'),
    quantity,
    unitCost: cents(9_000),
    currency: currency(),
    purchaseOrder: order(),
  }),
  fc.record({ type: fc.constant('Sold'), quantity }),
  fc.record({
    type: fc.constant('Returned'),
    quantity,
    disposition: shelf,
    originalSale: fc.option(sale(), { nil: undefined }),
  }),
  fc.record({
    type: fc.constant('Adjusted'),
    quantity: quantity.map((units) => (units % 2 ? units : -units)),
    reason: fc.constant('correction'),
  }),
  fc.record({ type: fc.constant('Counted'), counted: fc.nat(60), disposition: shelf }),
  fc.record({ type: fc.constant('DispositionMoved'), quantity, from: shelf, to: shelf }),
  fc.record({
    type: fc.constant('UnitCostRevised'),
    amount: fc.integer({ min: -9_000, max: 9_000 }).map((value) => (value / 100).toFixed(2)),
    currency: currency(),
    reason: fc.constant('freight'),
    reference: order(),
  }),
);
const reports = fc.array(fc.tuple(reported, fc.nat(30)), { maxLength: 60, size: 'max' });

function currency() {
  return fc.constantFrom('GBP', 'GBP', 'GBP', 'GBP', 'USD');
}
/** Some of several receipts, some of none. */
function order() {
  return fc.constantFrom('po-1', 'po-2', 'po-3');
}
function sale() {
  return fc.nat(60).map((index) => `m-${index}`);
}

/** The stock stream that these reports make. */
function streamOf(lines: readonly (readonly [object, number])[]): StockEvent[] {
  let state: StockState = stockDecider.initial;
  const history: StockEvent[] = [];
  lines.forEach(([fields, day], index) => {
    const movement = { ...fields, id: `m-${index}` as ClientId, occurredAt: Date.UTC(2026, 0, 1 + day, 12) };
    const command = { type: 'record-movement', movement } as StockCommand;
    const events = stockDecider.decide(state, command, { now: 0, history });
    if (events instanceof Rejected) throw new Error('a fact was refused');
    for (const event of events) state = stockDecider.evolve(state, event);
    history.push(...events);
  });
  return history;
}

const terms = fc.record({
  method: fc.constantFrom(...COSTING_METHODS),
  damaged: fc.constantFrom(...DAMAGED_TREATMENTS),
});

const valuationOf = (events: readonly StockEvent[], wanted: ValuationTerms): History => {
  const history = new History({ terms: wanted });
  history.record(...events);
  return history;
};

describe('whatever a store reports, in whatever order', () => {
  it('every posting balances', () => {
    fc.assert(
      fc.property(reports, terms, (lines, wanted) => {
        for (const { postings } of valuationOf(streamOf(lines), wanted).valued) {
          for (const posting of postings) {
            expect(posting.lines.reduce((sum, line) => sum + line.amount, 0n)).toBe(0n);
            expect(posting.lines.every((line) => line.amount !== 0n)).toBe(true);
          }
        }
      }),
    );
  });

  it('inventory in the ledger is the value on hand, to the minor unit', () => {
    fc.assert(
      fc.property(reports, terms, (lines, wanted) => {
        const { valued, state } = valuationOf(streamOf(lines), wanted);
        let ledger = 0n;
        let changes = 0n;
        for (const { postings, after, valueChange } of valued) {
          const inventory = postings.flatMap((posting) => posting.lines).filter((line) => line.role === 'inventory');
          ledger += inventory.reduce((sum, line) => sum + line.amount, 0n);
          changes += valueChange;
          expect(after.value).toBe(ledger);
        }
        expect(state.value).toBe(changes);
      }),
    );
  });

  it('quantity is the stock of all dispositions, without what is written off, and value never has another sign', () => {
    fc.assert(
      fc.property(reports, terms, (lines, wanted) => {
        const events = streamOf(lines);
        const stock = events.filter(isMovement).reduce(stockDecider.evolve, stockDecider.initial).onHand;
        const { valued, state } = valuationOf(events, wanted);
        expect(state.quantity).toBe(
          stock.sellable + stock.quarantine + (wanted.damaged === 'keep' ? stock.damaged : 0),
        );
        for (const { after } of valued) {
          if (after.quantity === 0) expect(after.value).toBe(0n);
          expect(BigInt(Math.sign(after.quantity)) * after.value).toBeGreaterThanOrEqual(0n);
        }
      }),
    );
  });

  it('valuing it again gives the same bytes, also when every state is read back from its event', () => {
    fc.assert(
      fc.property(reports, terms, (lines, wanted) => {
        const events = streamOf(lines);
        const forgetful = new History({ terms: wanted });
        for (const event of events) {
          const before = forgetful.state;
          const valued = forgetful.record(event);
          if (valued === undefined) continue;
          forgetful.state = evolveValuation(before, decodeValued(JSON.parse(JSON.stringify(encodeValued(valued)))));
        }
        expect(forgetful.stored()).toBe(valuationOf(events, wanted).stored());
      }),
    );
  });
});
