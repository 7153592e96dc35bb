import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { DecideOnPosting } from '../../commands/postings/decide-on-posting.js';
import { Rejected } from '../../domain/rejected.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { Clock } from '../../ports/clock.js';
import type { Position } from '../../ports/event-store.js';
import { PostingQueries, type PostingView } from '../../queries/postings/posting-queries.js';
import { SummaryQueries } from '../../queries/postings/summary-queries.js';
import type { Caller } from '../../streams/stream-kind.js';
import { CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import {
  cursorToken,
  type DecisionRequest,
  parsePosting,
  parsePostings,
  parseResolve,
  parseRetry,
} from '../dto/posting.js';
import { parsePosition, positionToken } from '../position-token.js';
import { postingJson } from '../posting-json.js';
import { problemOf, unknownTo } from '../problem.js';

/** What became of postings, and the work list of those that wait for a person. */
@Controller('v1/postings')
@Needs('postings:read')
export class PostingsController {
  constructor(
    @Inject(PostingQueries) private readonly postings: PostingQueries,
    @Inject(SummaryQueries) private readonly summaries: SummaryQueries,
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  async page(@Query() query: unknown, @CallerPrincipal() principal: Principal): Promise<JsonObject> {
    const { location, minPosition, ...wanted } = parsePostings(query);
    const locations = visible(principal, location);
    const answer = await this.postings.page({ ...wanted, locations }, parsePosition(minPosition));
    return {
      items: answer.items.map((item) => postingJson(item, this.clock.now())),
      ...(answer.next === undefined ? {} : { next: cursorToken(answer.next) }),
      ...freshness(answer.position, answer.stale),
    };
  }

  @Get(':ref')
  async one(
    @Param('ref') ref: string,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const { connector, minPosition } = parsePosting(query);
    return this.show(ref, connector, principal, parsePosition(minPosition));
  }

  @Post(':ref/retry')
  @HttpCode(200)
  @Needs('postings:write')
  async retry(
    @Param('ref') ref: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.decide(ref, parseRetry(body), caller, principal);
  }

  @Post(':ref/resolve')
  @HttpCode(200)
  @Needs('postings:write')
  async resolve(
    @Param('ref') ref: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.decide(ref, parseResolve(body), caller, principal);
  }

  private async decide(
    ref: string,
    { wanted, connector }: DecisionRequest,
    caller: Caller,
    principal: Principal,
  ): Promise<JsonObject> {
    const { view } = await this.find(ref, connector, principal);
    const answer = await this.commands.execute(new DecideOnPosting(ref, view.entry, wanted, caller));
    if (answer instanceof Rejected) throw problemOf(answer);
    return this.show(ref, view.entry.connector, principal, answer);
  }

  private async show(
    ref: string,
    connector: string | undefined,
    principal: Principal,
    minPosition: Position | undefined,
  ): Promise<JsonObject> {
    const { view, position, stale } = await this.find(ref, connector, principal, minPosition);
    const summary = await this.summaries.entryOf(view.entry.connector, ref);
    return {
      ...postingJson(view, this.clock.now()),
      ...(summary === undefined ? {} : { summary: summary.ref }),
      ...freshness(position, stale),
    };
  }

  /** A posting of a location of others looks like one that does not exist. */
  private async find(ref: string, connector: string | undefined, principal: Principal, minPosition?: Position) {
    const { views, position, stale } = await this.postings.byRef(ref, minPosition);
    const isMeant = ({ entry, record }: PostingView): boolean =>
      (connector === undefined || entry.connector === connector) && mayUseLocation(principal, record.key.location);
    const view = views.find(isMeant);
    if (view === undefined) throw unknownTo(stale, 'unknown-posting', 'There is no posting with this ref.', { ref });
    return { view, position, stale };
  }
}

function visible(principal: Principal, location: LocationId | undefined): '*' | ReadonlySet<LocationId> {
  if (location === undefined) return principal.locations;
  return new Set(mayUseLocation(principal, location) ? [location] : []);
}

const freshness = (position: Position, stale: boolean): JsonObject => ({
  position: positionToken(position),
  ...(stale ? { stale } : {}),
});
