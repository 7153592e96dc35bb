import type { ReplayRange } from '../../domain/replay/replay.js';
import type { LocationId, Sku } from '../../domain/values/identifiers.js';
import { parseInstant } from '../../domain/values/instant.js';
import type { Position } from '../../ports/event-store.js';
import { parsed } from '../body/validate.js';
import { parsePosition } from '../position-token.js';
import { IsConnectorText } from './posting.js';
import { IsLocationText, IsSkuText, IsTrueOrFalse, Optional, rule } from './rules.js';

const IsPositionOrInstant = rule(
  'isPositionOrInstant',
  (value) => parsePosition(value) !== undefined || parseInstant(value) !== undefined,
  'must be a position that an answer gave, or an RFC 3339 instant with offset',
);

class ReplayDto {
  @IsConnectorText() connector!: string;
  @Optional() @IsPositionOrInstant() from?: string;
  @Optional() @IsPositionOrInstant() to?: string;
  @Optional() @IsSkuText() sku?: Sku;
  @Optional() @IsLocationText() location?: LocationId;
  @IsTrueOrFalse() dryRun!: boolean;
}

export interface ReplayRequest {
  readonly connector: string;
  readonly range: Omit<ReplayRange, 'to'> & { readonly to: Position | null };
  readonly dryRun: boolean;
}

/** Body of `POST /v1/replays`. */
export function parseReplay(body: unknown): ReplayRequest {
  const { connector, from, to, sku, location, dryRun } = parsed(ReplayDto, body);
  const range = {
    from: parsePosition(from) ?? null,
    to: parsePosition(to) ?? null,
    occurredFrom: parseInstant(from) ?? null,
    occurredTo: parseInstant(to) ?? null,
    sku: sku ?? null,
    location: location ?? null,
  };
  return { connector, range, dryRun };
}
