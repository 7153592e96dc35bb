import { DECISIONS, type DecideOnPosting } from '../../domain/delivery/decide.js';
import type { WantedOfMany } from '../../domain/delivery/decisions/events.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { parseInstant } from '../../domain/values/instant.js';
import { expected, invalid, parsed } from '../body/validate.js';
import { IsConnectorText, IsDayText } from './posting.js';
import {
  IsClientIdText,
  IsInstantText,
  IsLocationText,
  IsOneOf,
  IsSkuText,
  IsTextOfUpTo,
  IsTrueOrFalse,
  Optional,
  rule,
} from './rules.js';

const IsCodeText = rule(
  'isCode',
  (value) => typeof value === 'string' && /^[A-Z][A-Z_]{0,31}$/.test(value),
  'must be the code that a reason begins with, e.g. PERIOD_CLOSED',
);
const IsMonthText = rule(
  'isMonth',
  (value) => typeof value === 'string' && /^\d{4}-(0[1-9]|1[0-2])$/.test(value),
  'must be a month, e.g. 2026-03',
);
const IsFilter = rule(
  'isFilter',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object that says which postings are meant',
);

class FilterDto {
  @Optional() @IsCodeText() code?: string;
  @Optional() @IsMonthText() period?: string;
  @Optional() @IsDayText() from?: string;
  @Optional() @IsDayText() to?: string;
  @Optional() @IsSkuText() sku?: Sku;
  @Optional() @IsLocationText() location?: LocationId;
}

class DecisionDto {
  @IsClientIdText() id!: string;
  @IsConnectorText() connector!: string;
  @IsFilter() filter!: object;
  @IsOneOf(DECISIONS) decision!: DecideOnPosting['decision'];
  @IsTextOfUpTo(1_000) comment!: string;
  @Optional() @IsDayText() date?: string;
  @Optional() @IsInstantText() until?: string;
  @Optional() @IsTrueOrFalse() dryRun?: boolean;
}

export interface ManyDecisionRequest {
  readonly connector: string;
  readonly wanted: Omit<WantedOfMany, 'filter'>;
  readonly filter: Omit<WantedOfMany['filter'], 'locations'> & { readonly location: LocationId | null };
  readonly dryRun: boolean;
}

/** Body of `POST /v1/postings/decisions`. */
export function parseManyDecision(body: unknown): ManyDecisionRequest {
  const { id, connector, filter, decision, comment, date, until, dryRun = false } = parsed(DecisionDto, body);
  if (comment.trim() === '') throw invalid([{ path: 'comment', message: expected('must say why', comment) }]);
  if (date !== undefined && decision !== 'redate') {
    throw invalid([{ path: 'date', message: expected('may only be given with the decision redate', date) }]);
  }
  const wanted = { id, decision, comment, date: date ?? null, until: parseInstant(until) ?? null };
  return { connector, wanted, filter: filterOf(parsed(FilterDto, filter)), dryRun };
}

function filterOf({ code, period, from, to, sku, location }: FilterDto): ManyDecisionRequest['filter'] {
  if (period !== undefined && (from ?? to) !== undefined) {
    throw invalid([{ path: 'filter.period', message: expected('may not stand beside from or to', period) }]);
  }
  if (from !== undefined && to !== undefined && from > to) {
    throw invalid([{ path: 'filter.to', message: expected('must not be before from', to) }]);
  }
  const [first, last] = period === undefined ? [from, to] : [`${period}-01`, lastDayOf(period)];
  return {
    code: code ?? null,
    from: first ?? null,
    to: last ?? null,
    sku: sku ?? null,
    location: location ?? null,
  };
}

function lastDayOf(month: string): string {
  const [year = 0, number = 1] = month.split('-').map(Number);
  return new Date(Date.UTC(year, number, 0)).toISOString().slice(0, 10);
}

class ChangeDto {
  @IsTextOfUpTo(1_000) comment!: string;
}

/** Body of `POST /v1/postings/decisions/{id}/approve` and `/end`. */
export const parseDecisionChange = (body: unknown): string => parsed(ChangeDto, body).comment;
