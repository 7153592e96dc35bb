import { DECISIONS, type DecideOnPosting } from '../../domain/delivery/decide.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { POSTING_STATUSES, type PostingCursor, type PostingStatus } from '../../ports/postings-book.js';
import { expected, invalid, parsed } from '../body/validate.js';
import {
  IsLocationText,
  IsOneOf,
  IsPositionToken,
  IsSkuText,
  IsTextOfUpTo,
  IsWholeNumberText,
  Optional,
  rule,
} from './rules.js';
import { pageSize } from './streams.js';

const CONNECTOR = /^[a-z0-9][a-z0-9-]{0,31}$/;
export const IsConnectorText = rule(
  'isConnector',
  (value) => typeof value === 'string' && CONNECTOR.test(value),
  'must be the name of a connector: up to 32 of a-z 0-9 -',
);

const DAY = /^\d{4}-\d{2}-\d{2}$/;
export const IsDayText = rule(
  'isDay',
  (value) => typeof value === 'string' && DAY.test(value) && !Number.isNaN(Date.parse(value)),
  'must be a day, e.g. 2026-04-01',
);

class PostingsDto {
  @Optional() @IsOneOf(POSTING_STATUSES) status?: PostingStatus;
  @Optional() @IsConnectorText() connector?: string;
  @Optional() @IsLocationText() location?: LocationId;
  @Optional() @IsSkuText() sku?: Sku;
  @Optional() @IsTextOfUpTo(100) after?: string;
  @Optional() @IsWholeNumberText() limit?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

export interface PostingsRequest {
  readonly status?: PostingStatus;
  readonly connector?: string;
  readonly location?: LocationId;
  readonly sku?: Sku;
  readonly after?: PostingCursor;
  readonly limit: number;
  readonly minPosition?: string;
}

/** Query of `GET /v1/postings`. */
export function parsePostings(query: unknown): PostingsRequest {
  const { limit, after, ...rest } = parsed(PostingsDto, query, 'parameter');
  return { ...rest, limit: pageSize(limit), ...(after === undefined ? {} : { after: parseCursor(after) }) };
}

/** Where a page goes on; opaque to callers. */
export const cursorToken = ({ ordinal, connector }: PostingCursor): string => `${ordinal}@${connector}`;

function parseCursor(token: string): PostingCursor {
  const [, ordinal, connector = ''] = /^(\d{1,15})@(.+)$/.exec(token) ?? [];
  if (ordinal !== undefined && CONNECTOR.test(connector)) return { ordinal: Number(ordinal), connector };
  throw invalid([{ path: 'after', message: expected('must be the next that an answer gave', token) }], 'parameter');
}

class PostingDto {
  @Optional() @IsConnectorText() connector?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

/** Query of `GET /v1/postings/{ref}`. */
export const parsePosting = (query: unknown): { readonly connector?: string; readonly minPosition?: string } => ({
  ...parsed(PostingDto, query, 'parameter'),
});

class RetryDto {
  @Optional() @IsTextOfUpTo(1_000) comment?: string;
  @Optional() @IsConnectorText() connector?: string;
}

export interface DecisionRequest {
  readonly wanted: Pick<DecideOnPosting, 'decision' | 'comment' | 'date'>;
  readonly connector: string | undefined;
}

/** Body of `POST /v1/postings/{ref}/retry`, which may be left out. */
export function parseRetry(body: unknown): DecisionRequest {
  const { comment = '', connector } = parsed(RetryDto, body ?? {});
  return { wanted: { decision: 'retry', comment, date: null }, connector };
}

class ResolveDto {
  @IsOneOf(DECISIONS) decision!: DecideOnPosting['decision'];
  @IsTextOfUpTo(1_000) comment!: string;
  @Optional() @IsDayText() date?: string;
  @Optional() @IsConnectorText() connector?: string;
}

/** Body of `POST /v1/postings/{ref}/resolve`. */
export function parseResolve(body: unknown): DecisionRequest {
  const { decision, comment, date, connector } = parsed(ResolveDto, body);
  if (comment.trim() === '') throw invalid([{ path: 'comment', message: expected('must say why', comment) }]);
  if (date !== undefined && decision !== 'redate') {
    throw invalid([{ path: 'date', message: expected('may only be given with the decision redate', date) }]);
  }
  return { wanted: { decision, comment, date: date ?? null }, connector };
}
