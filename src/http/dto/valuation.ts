import type { LocationId, StockKey } from '../../domain/values/identifiers.js';
import { expected, invalid, parsed } from '../body/validate.js';
import { IsLocationText, IsPositionToken, IsTextOfUpTo, IsWholeNumberText, Optional } from './rules.js';
import { pageSize, parseStockKey } from './streams.js';

class ValuationPageDto {
  @Optional() @IsLocationText() location?: LocationId;
  @Optional() @IsTextOfUpTo(100) after?: string;
  @Optional() @IsWholeNumberText() limit?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

export interface ValuationPageRequest {
  readonly location?: LocationId;
  readonly after?: StockKey;
  readonly limit: number;
  readonly minPosition?: string;
}

/** Query of `GET /v1/valuation`. */
export function parseValuationPage(query: unknown): ValuationPageRequest {
  const { location, after, limit, minPosition } = parsed(ValuationPageDto, query, 'parameter');
  return {
    ...(location === undefined ? {} : { location }),
    ...(after === undefined ? {} : { after: parsePageToken(after) }),
    limit: pageSize(limit),
    ...(minPosition === undefined ? {} : { minPosition }),
  };
}

/** Where a page goes on; opaque to callers. */
export const pageToken = ({ sku, location }: StockKey): string => `${location}@${sku}`;

function parsePageToken(token: string): StockKey {
  const [location, sku, ...rest] = token.split('@');
  if (location === undefined || sku === undefined || rest.length > 0) {
    throw invalid([{ path: 'after', message: expected('must be the next that an answer gave', token) }], 'parameter');
  }
  return parseStockKey(sku, location);
}
