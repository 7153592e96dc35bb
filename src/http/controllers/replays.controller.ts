import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { StartReplay } from '../../commands/postings/start-replay.js';
import { mappingOf } from '../../domain/chart/chart.js';
import type { Replay, ReplayChange } from '../../domain/replay/replay.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { PostingsBook } from '../../ports/postings-book.js';
import { ReplayQueries } from '../../queries/postings/replay-by-id.js';
import type { RecordedReplay } from '../../streams/replay-streams.js';
import type { Caller } from '../../streams/stream-kind.js';
import { CallerOf, CallerPrincipal, foreignLocation } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { expected, invalid } from '../body/validate.js';
import { parseReplay } from '../dto/replay.js';
import { positionToken } from '../position-token.js';
import { Problem } from '../problem.js';

/** Looking at postings again: does the ERP have what it should have? */
@Controller('v1/replays')
export class ReplaysController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(ReplayQueries) private readonly replays: ReplayQueries,
    @Inject(PostingsBook) private readonly book: PostingsBook,
  ) {}

  @Post()
  @HttpCode(202)
  @Needs('postings:write')
  async start(
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const { connector, range, dryRun, change } = parseReplay(body);
    const known = this.book.counts().map((each) => each.connector);
    if (!known.includes(connector)) {
      throw invalid([{ path: 'connector', message: expected(`must be one of ${known.join(', ')}`, connector) }]);
    }
    assertAllItsOwn(principal, range.location);
    const id = await this.commands.execute(new StartReplay(connector, range, dryRun, caller, change));
    return this.show(id, principal);
  }

  @Get(':id')
  @Needs('postings:read')
  async byId(@Param('id') id: string, @CallerPrincipal() principal: Principal): Promise<JsonObject> {
    return this.show(id, principal);
  }

  /** A replay of locations of others looks like one that does not exist. */
  private async show(id: string, principal: Principal): Promise<JsonObject> {
    const recorded = UUID.test(id) ? await this.replays.byId(id) : undefined;
    const location = recorded?.replay.range.location ?? null;
    const isOwn = principal.locations === '*' || (location !== null && mayUseLocation(principal, location));
    if (recorded !== undefined && isOwn) return replayJson(id, recorded);
    throw new Problem(404, 'unknown-replay', 'There is no replay with this id.', { id });
  }
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** A replay without a location touches all of them. */
function assertAllItsOwn(principal: Principal, location: Parameters<typeof foreignLocation>[0] | null): void {
  if (principal.locations === '*') return;
  if (location === null) throw new Problem(403, 'forbidden', 'This key has to name a location of its own.');
  if (!mayUseLocation(principal, location)) throw foreignLocation(location);
}

function replayJson(id: string, { replay, shownAt }: RecordedReplay): JsonObject {
  const { connector, dryRun, range, tally, position, change, report } = replay;
  const { from, to, occurredFrom, occurredTo, sku, location } = range;
  return {
    id,
    status: statusOf(replay),
    connector,
    dryRun,
    ...(from === null ? {} : { from: positionToken(from) }),
    to: positionToken(to),
    ...(occurredFrom === null ? {} : { occurredFrom: formatInstant(occurredFrom) }),
    ...(occurredTo === null ? {} : { occurredTo: formatInstant(occurredTo) }),
    ...(sku === null ? {} : { sku }),
    ...(location === null ? {} : { location }),
    reached: positionToken(position),
    ...tally,
    ...(change === undefined ? {} : { ...changeJson(change), date: change.date }),
    ...(report === undefined ? {} : { changes: report as unknown as JsonObject }),
    position: positionToken(shownAt),
  };
}

function statusOf({ isFinished, report }: Replay): string {
  if (!isFinished) return 'running';
  return report?.refused === undefined ? 'finished' : 'refused';
}

function changeJson(change: ReplayChange): JsonObject {
  switch (change.kind) {
    case 'rules':
      return { rules: { ...change.rules } };
    case 'chart':
      return { chart: mappingOf(change.chart) };
  }
}
