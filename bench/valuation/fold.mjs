/** The pure fold: what valuing the events takes when nothing is stored and nothing is waited for. */
import { join } from 'node:path';

export async function foldOf(dist) {
  const { decodeStockEvent } = await import(join(dist, 'domain/stock/codec.js'));
  const { value } = await import(join(dist, 'domain/valuation/value.js'));
  const { evolveValuation, noValuation } = await import(join(dist, 'domain/valuation/state.js'));
  const { encodeValued } = await import(join(dist, 'domain/valuation/codec.js'));

  /** One event onto a state. @returns the valuation, undefined when there is none, and the state behind it */
  const step = (state, recorded) => {
    const event = decodeStockEvent(recorded);
    const valued = value(state, event, {
      source: { eventId: recorded.id, revision: recorded.revision, position: recorded.position },
      location: 'STORE-A',
      timeZone: 'UTC',
      ruleVersion: 2,
      ...('currency' in event ? { currency: 'EUR' } : {}),
    });
    return { valued, state: valued === undefined ? state : evolveValuation(state, valued) };
  };

  /** @param encodes whether the stored form of every valuation is made too @returns the states by stream */
  const fold = (events, method, encodes) => {
    const states = new Map();
    for (const recorded of events) {
      const before = states.get(recorded.stream) ?? noValuation({ method, damaged: 'keep' });
      const { valued, state } = step(before, recorded);
      if (encodes && valued !== undefined) JSON.stringify(encodeValued(valued));
      states.set(recorded.stream, state);
    }
    return states;
  };
  return { fold, step, noValuation, encodeValued };
}

export const median = (numbers) => [...numbers].sort((one, other) => one - other)[numbers.length >> 1] ?? Number.NaN;
export const thousands = (number) => Math.round(number).toLocaleString('en').padStart(9);
