import { List } from 'immutable';
import { describe, expect, it } from 'vitest';
import { decodeValued, encodeValued } from '../../../src/domain/valuation/codec.js';
import type { Valued } from '../../../src/domain/valuation/events.js';
import { adjustmentsOf, changeOf, reopened, revaluedStock } from '../../../src/domain/valuation/revalue.js';
import { evolveValuation } from '../../../src/domain/valuation/state.js';
import { History } from './history.js';
import { received, sold } from './movements.js';

const EVENTS = [received(1, '1.00'), received(1, '3.00'), sold(1)];
const FIFO = { method: 'fifo', damaged: 'keep', version: 3 } as const;
const AVERAGE = { method: 'moving-average', damaged: 'keep' } as const;
const REVALUATION = { replay: 'r', version: 3, from: 0 };
const ADJUSTED = { version: 3, date: '2026-05-01' };

function valuedBy(terms: typeof FIFO | typeof AVERAGE): History {
  const history = new History({ terms });
  history.record(...EVENTS);
  return history;
}

const stored = (valued: Valued): Valued => decodeValued(JSON.parse(JSON.stringify(encodeValued(valued))));

function saleUnderBoth() {
  const [before, after] = [valuedBy(AVERAGE), valuedBy(FIFO)];
  const booked = before.valued.slice(-1);
  const change = changeOf({ booked, wanted: after.valued.at(-1) }, ADJUSTED);
  if (change === undefined) throw new Error('a sale is a movement');
  return { before, after, change };
}

describe('other rules', () => {
  it('change the cost of a sale: only the difference is posted, under its event and the version', () => {
    const { change } = saleUnderBoth();
    expect(change.cost).toBe(100n);
    expect(change.adjustments).toEqual([
      {
        ref: 'event-2.r3',
        date: '2026-05-01',
        currency: 'GBP',
        lines: [
          { role: 'inventory', location: 'LEEDS', amount: 100n },
          { role: 'cogs', location: 'LEEDS', amount: -100n },
        ],
      },
    ]);
  });

  it('give the stock another value, and layers, in one valuation that posts nothing', () => {
    const { before, after } = saleUnderBoth();
    const [source] = before.valued.slice(-1).map((valued) => valued.source);
    if (source === undefined) throw new Error('there is a last one');
    const valued = stored(revaluedStock(before.state, after.state, source, REVALUATION));
    expect(valued).toMatchObject({ postings: [], valueChange: 100n, quantityChange: 0, ruleVersion: 3 });
    expect(evolveValuation(before.state, valued)).toEqual({ ...after.state, sourceRevision: 2 });
    expect(valued.after.terms).toEqual(FIFO);
  });

  it('are posted by valuations that leave the stock as it is by then', () => {
    const { after, change } = saleUnderBoth();
    const { layers: _, ...now } = { ...after.state, sourceRevision: 7 };
    const [adjusted, ...others] = adjustmentsOf(change, now, REVALUATION).map(stored);
    expect(others).toEqual([]);
    expect(adjusted).toMatchObject({ valueChange: 0n, cost: 100n, units: 1, source: { eventId: 'event-2' } });
    expect(adjusted?.after.sourceRevision).toBe(7);
    expect(adjusted?.postings).toEqual(change.adjustments);
  });

  it('that make the same of a movement post nothing', () => {
    const history = valuedBy(AVERAGE);
    for (const wanted of history.valued) {
      expect(changeOf({ booked: [wanted], wanted }, ADJUSTED)?.adjustments).toEqual([]);
    }
  });

  it('leave goods in transit at what they left with: what they cost beyond that is a variance of the sender', () => {
    const dispatched = (history: History): Valued | undefined => {
      const sale = history.valued.at(-1);
      if (sale === undefined) return undefined;
      const postings = sale.postings.map((posting) => ({
        ...posting,
        lines: posting.lines.map((line) => (line.role === 'cogs' ? { ...line, role: 'in-transit' as const } : line)),
      }));
      return { ...sale, source: { ...sale.source, type: 'Dispatched' }, postings };
    };
    const [booked, wanted] = [dispatched(valuedBy(AVERAGE)), dispatched(valuedBy(FIFO))];
    if (booked === undefined) throw new Error('there is a dispatch');
    const change = changeOf({ booked: [booked], wanted }, ADJUSTED);
    expect(change?.cost).toBe(200n);
    expect(change?.adjustments[0]?.lines).toEqual([
      { role: 'inventory', location: 'LEEDS', amount: 100n },
      { role: 'revaluation', location: 'LEEDS', amount: -100n },
    ]);
  });
});

describe('stock that goes on under another method', () => {
  it('is one layer then, at what it is worth', () => {
    const { state } = valuedBy(AVERAGE);
    expect(reopened(state, FIFO).layers).toEqual(List([{ source: 2, units: 1, value: 200n }]));
  });

  it('has no layers any more by the moving average, and keeps them first in, first out', () => {
    const { state } = valuedBy(FIFO);
    expect(reopened(state, AVERAGE).layers.size).toBe(0);
    expect(reopened(state, FIFO).layers).toBe(state.layers);
  });

  it('that is not there is no layer', () => {
    const history = new History({ terms: AVERAGE });
    history.record(received(1, '1.00'), sold(2));
    expect(reopened(history.state, FIFO).layers.size).toBe(0);
  });
});
