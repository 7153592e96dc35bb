import { describe, expect, it } from 'vitest';
import { COSTING_METHODS } from '../../../src/domain/master-data/sku.js';
import type { StockEvent } from '../../../src/domain/stock/events.js';
import { decodeValued, encodeValued } from '../../../src/domain/valuation/codec.js';
import { History, journalOf, onHand } from './history.js';
import { adjusted, counted, moved, received, returned, sold } from './movements.js';

describe.each(COSTING_METHODS)('damaged goods that are written off, %s', (method) => {
  const leedsWith = () => new History({ terms: { method, damaged: 'write-off' } });

  it('are shrinkage from the day they are damaged, and keep out of the valued stock', () => {
    const leeds = leedsWith();
    leeds.record(received(10, '2.00'));
    expect(journalOf(leeds.record(moved(4, 'sellable', 'damaged')))).toEqual({
      shrinkage: '8.00',
      inventory: '-8.00',
    });
    expect(onHand(leeds)).toEqual({ quantity: 6, value: '12.00' });
    expect(leeds.record({ ...counted(3, -1), disposition: 'damaged' })?.postings).toEqual([]);
  });

  it('come back at the present cost once they can be sold after all', () => {
    const leeds = leedsWith();
    leeds.record(received(10, '2.00'), moved(4, 'quarantine', 'damaged'));
    expect(journalOf(leeds.record(moved(1, 'damaged', 'sellable')))).toEqual({ inventory: '2.00', shrinkage: '-2.00' });
    expect(onHand(leeds)).toEqual({ quantity: 7, value: '14.00' });
  });

  it('that a customer brings back are no cost of sales any more, but shrinkage', () => {
    const leeds = leedsWith();
    leeds.record(received(10, '2.00'), sold(3, 'till-1'));
    expect(journalOf(leeds.record(returned(2, 'till-1', 'damaged')))).toEqual({ shrinkage: '4.00', cogs: '-4.00' });
    expect(onHand(leeds)).toEqual({ quantity: 7, value: '14.00' });
  });
});

describe('what a ledger may tell lines apart by', () => {
  it('is the class of the SKU, and of adjustments and counts the reason', () => {
    const leeds = new History({ skuClass: 'A' });
    const dimensionsOf = (event: StockEvent) =>
      leeds.record(event)?.postings.flatMap(({ lines }) => lines.map(({ dimensions }) => dimensions));
    expect(dimensionsOf(received(10, '2.00'))).toEqual([{ class: 'A' }, { class: 'A' }]);
    expect(dimensionsOf(adjusted(-2, 'expiry'))).toEqual([
      { class: 'A', reason: 'expiry' },
      { class: 'A', reason: 'expiry' },
    ]);
    expect(dimensionsOf(counted(7, -1))?.[0]).toEqual({ class: 'A', reason: 'count' });
  });

  it('is nothing where nothing is known, and comes back from the stored form', () => {
    const leeds = new History();
    leeds.record(received(10, '2.00'), adjusted(-2, 'loss'));
    expect(leeds.valued[0]?.postings[0]?.lines[0]).not.toHaveProperty('dimensions');
    for (const valued of leeds.valued) {
      expect(decodeValued(JSON.parse(JSON.stringify(encodeValued(valued))))).toEqual(valued);
    }
  });
});
