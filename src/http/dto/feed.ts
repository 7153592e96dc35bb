import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { FeedPlace } from '../../projections/feed/feed-entry.js';
import { FEED_EVENT_NAMES, FEED_EVENT_TYPES, type FeedEventName } from '../../projections/feed/feed-events.js';
import { expected, invalid, parsed } from '../body/validate.js';
import { parseFeedToken } from '../feed/feed-token.js';
import { IsListOfUpTo, IsLocationText, IsOneOf, IsSkuText, Optional } from './rules.js';

const MAX_SKUS = 100;
const MAX_LOCATIONS = 100;

/** Query of `GET /v1/availability/feed`, its lists taken apart. */
class FeedQueryDto {
  @Optional() @IsListOfUpTo(MAX_SKUS) @IsSkuText({ each: true }) sku?: Sku[];
  @Optional() @IsListOfUpTo(MAX_LOCATIONS) @IsLocationText({ each: true }) locations?: LocationId[];
  @Optional()
  @IsOneOf(FEED_EVENT_NAMES, { each: true })
  types?: FeedEventName[];
}

const LISTS = ['sku', 'locations', 'types'] as const;

/** Types may be given by their short or their full name. */
export function parseFeedQuery({ after: _, access_token: __, ...query }: Record<string, unknown>): FeedQueryDto {
  const lists: Record<string, unknown> = { ...query };
  for (const name of LISTS) {
    const text = query[name];
    if (typeof text === 'string') lists[name] = text.split(',').map(name === 'types' ? shortName : String);
  }
  return parsed(FeedQueryDto, lists, 'parameter');
}

const shortName = (type: string): string => FEED_EVENT_NAMES.find((name) => FEED_EVENT_TYPES[name] === type) ?? type;

/**
 * Where a reader has got to: what its browser says comes first, then what its address said when it came first.
 * @throws Problem 400
 */
export function parseFeedPlace(lastEventId: unknown, after: unknown): FeedPlace | undefined {
  const said = lastEventId === undefined || lastEventId === '' ? after : lastEventId;
  if (said === undefined) return undefined;
  const place = parseFeedToken(said);
  if (place !== undefined) return place;
  const path = said === after ? 'after' : 'Last-Event-ID';
  const what = 'must be an id of this feed or a position that an answer of this service gave';
  throw invalid([{ path, message: expected(what, said) }], 'parameter');
}
