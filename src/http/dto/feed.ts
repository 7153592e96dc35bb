import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import type { FeedPlace } from '../../projections/feed/feed-entry.js';
import { FEED_EVENT_NAMES, FEED_EVENT_TYPES, type FeedEventName } from '../../projections/feed/feed-events.js';
import {
  POSTING_EVENT_NAMES,
  POSTING_EVENT_TYPES,
  type PostingEventName,
} from '../../projections/feed/posting-event-names.js';
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

/** Query of `GET /v1/postings/feed`, its lists taken apart. */
class PostingFeedQueryDto {
  @Optional() @IsListOfUpTo(MAX_SKUS) @IsSkuText({ each: true }) sku?: Sku[];
  @Optional() @IsListOfUpTo(MAX_LOCATIONS) @IsLocationText({ each: true }) locations?: LocationId[];
  @Optional()
  @IsOneOf(POSTING_EVENT_NAMES, { each: true })
  types?: PostingEventName[];
}

const LISTS = ['sku', 'locations', 'types'] as const;

/** Types may be given by their short or their full name. */
export const parseFeedQuery = (query: Record<string, unknown>): FeedQueryDto =>
  parsed(FeedQueryDto, listsOf(query, FEED_EVENT_TYPES), 'parameter');

export const parsePostingFeedQuery = (query: Record<string, unknown>): PostingFeedQueryDto =>
  parsed(PostingFeedQueryDto, listsOf(query, POSTING_EVENT_TYPES), 'parameter');

function listsOf(
  { after: _, access_token: __, ...query }: Record<string, unknown>,
  types: Readonly<Record<string, string>>,
): Record<string, unknown> {
  const shortName = (type: string) => Object.keys(types).find((name) => types[name] === type) ?? type;
  const lists: Record<string, unknown> = { ...query };
  for (const name of LISTS) {
    const text = query[name];
    if (typeof text === 'string') lists[name] = text.split(',').map(name === 'types' ? shortName : String);
  }
  return lists;
}

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
