import type { LocationId, Sku, StockKey } from '../../domain/values/identifiers.js';
import { parseInstant } from '../../domain/values/instant.js';
import type { AsOf } from '../../queries/stock-as-of.js';
import { expected, givenNames, invalid, parsed } from '../body/validate.js';
import { IsInstantText, IsLocationText, IsPositionToken, IsSkuText, IsWholeNumberText, Optional } from './rules.js';

class StockKeyDto {
  @IsSkuText() sku!: Sku;
  @IsLocationText() location!: LocationId;
}

/** The SKU and location that a path names. */
export const parseStockKey = (sku: string, location: string): StockKey => {
  const key = parsed(StockKeyDto, { sku, location }, 'parameter');
  return { sku: key.sku, location: key.location };
};

class HistoryQueryDto {
  @Optional() @IsWholeNumberText() from?: string;
  @Optional() @IsWholeNumberText() limit?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

const PAGE = { usual: 100, most: 1_000 };

/** Revisions from `from` on, 1 to 1,000 of them (100 when not said). */
export function parseHistoryQuery(query: unknown): { from: number; limit: number } {
  const { from, limit } = parsed(HistoryQueryDto, query, 'parameter');
  return { from: Number(from ?? 0), limit: pageSize(limit) };
}

export function pageSize(text: string | undefined): number {
  const limit = Number(text ?? PAGE.usual);
  if (limit >= 1 && limit <= PAGE.most) return limit;
  throw invalid([{ path: 'limit', message: expected(`must be from 1 to ${PAGE.most}`, text) }], 'parameter');
}

class AsOfDto {
  @Optional() @IsWholeNumberText() revision?: string;
  @Optional() @IsInstantText() asOfRecorded?: string;
  @Optional() @IsInstantText() asOfOccurred?: string;
  @Optional() @IsPositionToken() minPosition?: string;
}

/** Which state is asked for; now when nothing is said. */
export function parseAsOf(query: unknown): AsOf {
  const { revision, asOfRecorded, asOfOccurred } = parsed(AsOfDto, query, 'parameter');
  const named = givenNames({ revision, asOfRecorded, asOfOccurred });
  if (named.length > 1) {
    const message = `must name one of revision, asOfRecorded and asOfOccurred; it names ${named.join(' and ')}`;
    throw invalid([{ path: '', message }], 'parameter');
  }
  const recorded = parseInstant(asOfRecorded);
  const occurred = parseInstant(asOfOccurred);
  if (revision !== undefined) return { kind: 'revision', revision: Number(revision) };
  if (recorded !== undefined) return { kind: 'recorded', at: recorded };
  if (occurred !== undefined) return { kind: 'occurred', at: occurred };
  return { kind: 'now' };
}
