import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { ChangeDecision, DecideOnMany } from '../../commands/postings/decide-on-many.js';
import type { DecisionFilter } from '../../domain/delivery/decisions/events.js';
import { Rejected } from '../../domain/rejected.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { Clock } from '../../ports/clock.js';
import { PostingsBook } from '../../ports/postings-book.js';
import { DecisionQueries } from '../../queries/postings/decision-queries.js';
import type { DecisionView } from '../../streams/decision-view.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { expected, invalid } from '../body/validate.js';
import { decisionJson } from '../decision-json.js';
import { parseDecisionChange, parseManyDecision } from '../dto/decision.js';
import { Problem, problemOf } from '../problem.js';

/** One decision for all postings of the work list that are there for the same reason. */
@Controller('v1/postings/decisions')
@Needs('postings:write')
export class PostingDecisionsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(DecisionQueries) private readonly decisions: DecisionQueries,
    @Inject(PostingsBook) private readonly book: PostingsBook,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Post()
  @HttpCode(200)
  async decide(
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const { connector, wanted, filter, dryRun } = parseManyDecision(body);
    const connectors = this.connectors();
    if (!connectors.includes(connector)) {
      throw invalid([{ path: 'connector', message: expected(`must be one of ${connectors.join(', ')}`, connector) }]);
    }
    const { location, ...bounds } = filter;
    const whole = { ...wanted, filter: { ...bounds, locations: locationsOf(principal, location) } };
    return this.shown(await this.commands.execute(new DecideOnMany(connector, whole, dryRun, caller)));
  }

  @Get(':id')
  @Needs('postings:read')
  async byId(@Param('id') id: string, @CallerPrincipal() principal: Principal): Promise<JsonObject> {
    return this.shown(await this.find(id, principal));
  }

  @Post(':id/approve')
  @HttpCode(200)
  approve(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.change(id, 'approve', parseDecisionChange(body), caller, principal);
  }

  @Post(':id/end')
  @HttpCode(200)
  end(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.change(id, 'end', parseDecisionChange(body), caller, principal);
  }

  private async change(
    id: string,
    change: ChangeDecision['change'],
    comment: string,
    caller: Caller,
    principal: Principal,
  ): Promise<JsonObject> {
    const { connector } = await this.find(id, principal);
    return this.shown(await this.commands.execute(new ChangeDecision(connector, id, change, comment, caller)));
  }

  /** A decision about locations of others looks like one that does not exist. */
  private async find(id: string, principal: Principal): Promise<DecisionView> {
    const view = await this.decisions.byId(this.connectors(), id);
    const locations = view?.decision.wanted.filter.locations ?? '*';
    const isOwn =
      principal.locations === '*' ||
      (locations !== '*' && locations.every((location) => mayUseLocation(principal, location)));
    if (view !== undefined && isOwn) return view;
    throw new Problem(404, 'unknown-decision', 'There is no decision with this id.', { id });
  }

  private shown(answer: DecisionView | Rejected): JsonObject {
    if (answer instanceof Rejected) throw problemOf(answer);
    return decisionJson(answer, this.clock.now());
  }

  private connectors(): readonly string[] {
    return this.book.counts().map(({ connector }) => connector);
  }
}

/** Whoever may not decide everywhere decides for their own locations. */
function locationsOf(principal: Principal, location: LocationId | null): DecisionFilter['locations'] {
  if (location === null) return principal.locations === '*' ? '*' : [...principal.locations].sort();
  assertOwnLocation(principal, location);
  return [location];
}
