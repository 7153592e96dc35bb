import type { Sku } from '../domain/values/identifiers.js';
import { ReadModelUnavailable } from '../ports/availability-store.js';
import type { Position } from '../ports/event-store.js';
import type { AvailabilityView } from '../queries/availability/available-to-promise.js';
import { freshnessJson, skuJson } from './availability-json.js';

/** So many SKUs are read at once. */
export const MAX_AT_ONCE = 100;
/** Of more, so many at a time: between two slices the process serves others. */
const SLICE = 25;

export type Ask = (skus: readonly Sku[], minPosition: Position | undefined) => Promise<AvailabilityView>;

/**
 * The answer slice by slice. The first one is there when this returns, so that what makes the answer impossible is
 * known before it begins.
 */
export async function sliced(
  skus: readonly Sku[],
  minPosition: Position | undefined,
  ask: Ask,
): Promise<AsyncGenerator<AvailabilityView>> {
  const first = whole(await ask(skus.slice(0, SLICE), minPosition));
  return (async function* () {
    yield first;
    // Who has waited in vain once does not wait again.
    const position = first.stale ? undefined : minPosition;
    for (let from = SLICE; from < skus.length; from += SLICE) {
      await new Promise((resolve) => setImmediate(resolve));
      yield whole(await ask(skus.slice(from, from + SLICE), position));
    }
  })();
}

/** The streams stand in for the read model in small calls only. */
function whole(view: AvailabilityView): AvailabilityView {
  if (view.source === 'streams')
    throw new ReadModelUnavailable('The read model is away; ask for fewer SKUs at a time.');
  return view;
}

/** One answer of all slices: as old as the oldest. */
export async function together(slices: AsyncIterable<AvailabilityView>): Promise<AvailabilityView> {
  let all: AvailabilityView | undefined;
  for await (const slice of slices) {
    if (all === undefined) all = slice;
    else {
      const items = [...all.items, ...slice.items];
      all = { ...older(all, slice), items, unknown: [...all.unknown, ...slice.unknown] };
    }
  }
  if (all === undefined) throw new Error('An answer without a slice.');
  return all;
}

const older = (one: AvailabilityView, other: AvailabilityView): AvailabilityView => ({
  ...one,
  position: one.position < other.position ? one.position : other.position,
  ageMs: Math.max(one.ageMs, other.ageMs),
  stale: one.stale || other.stale,
});

/** The answer as JSON text, made as fast as it is taken. */
export async function* availabilityText(slices: AsyncIterable<AvailabilityView>): AsyncGenerator<string> {
  let freshness: AvailabilityView | undefined;
  const unknown: Sku[] = [];
  let separator = '{"items":[';
  for await (const slice of slices) {
    freshness = freshness === undefined ? slice : older(freshness, slice);
    unknown.push(...slice.unknown);
    for (const item of slice.items) {
      yield separator + JSON.stringify(skuJson(item));
      separator = ',';
    }
  }
  if (freshness === undefined) throw new Error('An answer without a slice.');
  const end = JSON.stringify({ unknown, ...freshnessJson(freshness) }).slice(1);
  yield `${separator === ',' ? '' : separator}],${end}`;
}
