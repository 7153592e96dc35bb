import { List } from 'immutable';
import { difference } from './adjustments.js';
import type { Posting, Revaluation, ValuationSource, Valued } from './events.js';
import type { ValuationTerms } from './posting-rules.js';
import type { ValuationState } from './state.js';

/** One movement: what is posted of it, and what other rules make of it. At least one of the two is there. */
export interface RevaluedMovement {
  /** All that was posted of it so far, by its first valuation and by earlier replays. */
  readonly booked: readonly Valued[];
  readonly wanted: Valued | undefined;
}

/** What other rules change in one movement. */
export interface MovementChange {
  readonly source: ValuationSource;
  readonly before: readonly Posting[];
  readonly after: readonly Posting[];
  /** From before to after; empty where nothing differs. */
  readonly adjustments: readonly Posting[];
  /** What its goods are valued at from now on. */
  readonly units: number;
  readonly cost: bigint | null;
}

/**
 * The state in which stock goes on under other terms where what was posted before stays as it is: first in, first out,
 * what is there then is one layer.
 */
export function reopened(state: ValuationState, terms: ValuationTerms): ValuationState {
  if (terms.method === state.terms.method) return { ...state, terms };
  const { quantity: units, value, lastCost, sourceRevision: source } = state;
  const isLayer = terms.method === 'fifo' && units > 0 && lastCost !== null;
  return { ...state, terms, layers: isLayer ? List([{ source, units, value }]) : List() };
}

/**
 * Compares one movement. What a dispatch put in transit stays: the other end has it at that cost, so what the rules make
 * of it beyond that is a variance of the sender.
 */
export function changeOf(
  { booked, wanted }: RevaluedMovement,
  adjusted: { readonly version: number; readonly date: string },
): MovementChange | undefined {
  const before = booked.flatMap(({ postings }) => postings);
  const newest = wanted ?? booked.at(-1);
  if (newest === undefined) return undefined;
  const { source, units } = newest;
  const variance = wanted === undefined ? undefined : varianceOfDispatch(booked[0], wanted);
  const after = [...(wanted?.postings ?? []), ...(variance === undefined ? [] : [variance])];
  const adjustments = difference(before, after, adjusted);
  const cost = variance === undefined ? newest.cost : (booked[0]?.cost ?? null);
  return { source, before, after, adjustments, units, cost };
}

function varianceOfDispatch(first: Valued | undefined, wanted: Valued): Posting | undefined {
  const frozen = first?.cost ?? null;
  const [entry] = wanted.postings;
  if (wanted.source.type !== 'Dispatched' || frozen === null || wanted.cost === null) return undefined;
  const template = entry ?? first?.postings[0];
  const line = template?.lines.find(({ role }) => role === 'in-transit');
  const amount = wanted.cost - frozen;
  if (template === undefined || line === undefined || amount === 0n) return undefined;
  return {
    ref: template.ref,
    date: template.date,
    currency: template.currency,
    lines: [
      { ...line, role: 'in-transit', amount: -amount },
      { ...line, role: 'revaluation', amount },
    ],
  };
}

/** The valuation with which other rules begin to hold: the stock is worth what they make of it. */
export function revaluedStock(
  before: ValuationState,
  wanted: ValuationState,
  source: ValuationSource,
  revaluation: Omit<Revaluation, 'of'>,
): Valued {
  const { layers, ...after } = wanted;
  const layerChange = { dropped: before.layers.size, added: [...layers] };
  return {
    source,
    currency: (after.lastCost ?? before.lastCost)?.currency ?? null,
    units: 0,
    cost: null,
    quantityChange: after.quantity - before.quantity,
    valueChange: after.value - before.value,
    after: { ...after, sourceRevision: before.sourceRevision },
    ...(layerChange.dropped + layerChange.added.length === 0 ? {} : { layerChange }),
    ruleVersion: revaluation.version,
    postings: [],
    revaluation: { ...revaluation, of: 'stock' },
  };
}

/** The valuations that post what changed in a movement: one each currency. The stock is as it is by then. */
export function adjustmentsOf(
  { source, units, cost, adjustments }: MovementChange,
  after: Valued['after'],
  revaluation: Omit<Revaluation, 'of'>,
): readonly Valued[] {
  const { names: _, ...named } = source;
  return adjustments.map((posting) => ({
    source: named,
    currency: posting.currency,
    units,
    cost,
    quantityChange: 0,
    valueChange: 0n,
    after,
    ruleVersion: revaluation.version,
    postings: [posting],
    revaluation: { ...revaluation, of: 'movement' },
  }));
}
