import type { UndatedChange } from '../../commands/postings/start-replay.js';
import { type Chart, chartOf } from '../../domain/chart/chart.js';
import { chartDefects } from '../../domain/chart/chart-defects.js';
import { COSTING_METHODS, type CostingMethod } from '../../domain/master-data/sku.js';
import type { ReplayRange, RulesChange } from '../../domain/replay/replay.js';
import { DAMAGED_TREATMENTS, type DamagedTreatment, DEFAULT_RULES } from '../../domain/valuation/posting-rules.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { parseInstant } from '../../domain/values/instant.js';
import type { Position } from '../../ports/event-store.js';
import { checked, expected, invalid, isDefects, parsed } from '../body/validate.js';
import { parsePosition } from '../position-token.js';
import { IsConnectorText, IsDayText } from './posting.js';
import { IsLocationText, IsOneOf, IsSkuText, IsTrueOrFalse, IsWholeNumber, Optional, rule } from './rules.js';

const IsPositionOrInstant = rule(
  'isPositionOrInstant',
  (value) => parsePosition(value) !== undefined || parseInstant(value) !== undefined,
  'must be a position that an answer gave, or an RFC 3339 instant with offset',
);

const IsAnObject = rule(
  'isAnObject',
  (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
  'must be an object',
);

class ReplayDto {
  @IsConnectorText() connector!: string;
  @Optional() @IsPositionOrInstant() from?: string;
  @Optional() @IsPositionOrInstant() to?: string;
  @Optional() @IsSkuText() sku?: Sku;
  @Optional() @IsLocationText() location?: LocationId;
  @IsTrueOrFalse() dryRun!: boolean;
  @Optional() @IsAnObject() rules?: object;
  @Optional() @IsAnObject() chart?: object;
  @Optional() @IsDayText() date?: string;
}

class RulesDto {
  @IsWholeNumber(DEFAULT_RULES.version + 1, 1_000_000) version!: number;
  @IsOneOf(COSTING_METHODS) costing!: CostingMethod;
  @IsOneOf(DAMAGED_TREATMENTS) damaged!: DamagedTreatment;
}

export interface ReplayRequest {
  readonly connector: string;
  readonly range: Omit<ReplayRange, 'to'> & { readonly to: Position | null };
  readonly dryRun: boolean;
  readonly change?: UndatedChange;
}

/** Body of `POST /v1/replays`. */
export function parseReplay(body: unknown): ReplayRequest {
  const { connector, from, to, sku, location, dryRun, rules, chart, date } = parsed(ReplayDto, body);
  const range = {
    from: parsePosition(from) ?? null,
    to: parsePosition(to) ?? null,
    occurredFrom: parseInstant(from) ?? null,
    occurredTo: parseInstant(to) ?? null,
    sku: sku ?? null,
    location: location ?? null,
  };
  if (rules === undefined && chart === undefined) {
    if (date === undefined) return { connector, range, dryRun };
    throw invalid([{ path: 'date', message: expected('may only be given with rules or a chart', date) }]);
  }
  if (rules !== undefined && chart !== undefined) {
    throw invalid([{ path: 'chart', message: 'must be left out when rules are given: one change at a time' }]);
  }
  if (to !== undefined) {
    throw invalid([{ path: 'to', message: expected('must be left out: a change holds from then on', to) }]);
  }
  if (chart !== undefined && from !== undefined) {
    throw invalid([{ path: 'from', message: expected('must be left out: a chart is one for all entries', from) }]);
  }
  const dated = date === undefined ? {} : { date };
  if (chart !== undefined)
    return { connector, range, dryRun, change: { kind: 'chart', chart: parseChart(chart), ...dated } };
  return { connector, range, dryRun, change: { kind: 'rules', rules: parseRules(rules), ...dated } };
}

function parseChart(value: object): Chart {
  const defects = chartDefects(value);
  if (defects.length > 0) throw invalid(defects.map((message) => ({ path: 'chart', message })));
  return chartOf(value as Parameters<typeof chartOf>[0]);
}

function parseRules(value: object | undefined): RulesChange['rules'] {
  const rules = checked(RulesDto, value);
  if (isDefects(rules)) {
    throw invalid(rules.map(({ path, message }) => ({ path: path === '' ? 'rules' : `rules.${path}`, message })));
  }
  return { ...rules };
}
