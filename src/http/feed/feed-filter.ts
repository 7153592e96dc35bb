import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import type { FeedFilter } from '../../projections/feed/feed-reader.js';
import { UnknownPlace } from '../../projections/feed/live-feed.js';
import { expected, invalid } from '../body/validate.js';
import { Problem } from '../problem.js';

/** What a reader wants to hear, and where. */
interface FeedQuery {
  readonly sku?: readonly Sku[];
  readonly locations?: readonly LocationId[];
  readonly types?: Iterable<NonNullable<FeedFilter['names']> extends ReadonlySet<infer Name> ? Name : never>;
}

/** Nobody hears of a location that is not theirs. */
export function feedFilter({ sku, locations, types }: FeedQuery, principal: Principal): FeedFilter {
  const only = locations === undefined ? undefined : new Set(locations);
  return {
    includes: (location) => mayUseLocation(principal, location) && (only?.has(location) ?? true),
    ...(sku === undefined ? {} : { skus: new Set(sku) }),
    ...(types === undefined ? {} : { names: new Set(types) }),
  };
}

export const feedProblem = (place: unknown) => (error: unknown) => {
  if (!(error instanceof UnknownPlace)) throw error;
  const what = 'must be a place that this feed has reached';
  throw invalid([{ path: 'Last-Event-ID or after', message: expected(what, place) }], 'parameter');
};

export const tooManyReaders = (): Problem =>
  new Problem(503, 'overloaded', 'Too many read the feed here; come again.', {}, 2);
