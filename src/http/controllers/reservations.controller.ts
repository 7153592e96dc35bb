import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { ChangeReservation } from '../../commands/reservation/change-reservation.js';
import type { RequestedChange } from '../../commands/reservation/requested-change.js';
import { ReserveCart } from '../../commands/reservation/reserve-cart.js';
import { type ReserveAnswer, ReserveHold } from '../../commands/reservation/reserve-hold.js';
import { Rejected } from '../../domain/rejected.js';
import { candidatesOf } from '../../domain/reservation/process/request.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { ReservationById } from '../../queries/reservation-by-id.js';
import { ReservationsByReference } from '../../queries/reservations-by-reference.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMinPosition } from '../dto/availability.js';
import {
  parseByReference,
  parseEmpty,
  parseExtension,
  parseFulfilment,
  parseMove,
  parseRefusal,
  parseReservation,
  type ReservationRequest,
} from '../dto/reservation.js';
import { ServiceMetrics } from '../metrics.js';
import { parsePosition } from '../position-token.js';
import { Problem, problemOf } from '../problem.js';
import { isVisible, reservationJson } from '../reservation-json.js';

@Controller('v1/reservations')
export class ReservationsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  /** 201 for new holds, 200 with the same answer for those that this reference already has. */
  @Post()
  @Needs('reservations:write')
  async reserve(
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const wanted = parseReservation(body);
    const answer = await this.reserved(wanted, caller, principal);
    if (answer instanceof Rejected) {
      this.metrics.reservations.inc({ outcome: answer.code });
      throw wanted.kind === 'hold' && answer.code === 'insufficient' ? insufficient(answer, wanted) : problemOf(answer);
    }
    this.metrics.reservations.inc({ outcome: answer.isNew ? 'held' : 'repeated' });
    void reply.status(answer.isNew ? 201 : 200);
    return reservationJson(answer, principal);
  }

  @Get()
  @Needs('availability:read')
  async byReference(@Query() query: unknown, @CallerPrincipal() principal: Principal): Promise<JsonObject> {
    const { reference, minPosition } = parseByReference(query);
    const found = await this.queries.execute(new ReservationsByReference(reference, parsePosition(minPosition)));
    const [newest, ...others] = found.answers.filter((answer) => isVisible(answer, principal));
    if (newest === undefined) {
      throw new Problem(404, 'unknown-reservation', 'There is no reservation under this reference.', { reference });
    }
    return {
      ...reservationJson(newest, principal),
      ...(others.length === 0 ? {} : { others: others.map(({ reservation }) => reservation.id) }),
      ...(found.stale ? { stale: true } : {}),
    };
  }

  @Get(':id')
  @Needs('availability:read')
  async byId(
    @Param('id') id: string,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    // The streams themselves answer, so every position is already reached; the parameter is only checked.
    parseMinPosition(query);
    const answer = await this.queries.execute(new ReservationById(id));
    if (answer === undefined || !isVisible(answer, principal)) throw unknown(id);
    return reservationJson(answer, principal);
  }

  @Post(':id/confirm')
  @HttpCode(200)
  @Needs('reservations:write')
  confirm(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    parseEmpty(body);
    return this.change(id, { kind: 'confirm' }, caller, principal);
  }

  @Post(':id/cancel')
  @HttpCode(200)
  @Needs('reservations:write')
  cancel(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    parseEmpty(body);
    return this.change(id, { kind: 'cancel' }, caller, principal);
  }

  @Post(':id/extend')
  @HttpCode(200)
  @Needs('reservations:write')
  extend(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.change(id, parseExtension(body), caller, principal);
  }

  @Post(':id/fulfil')
  @HttpCode(200)
  @Needs('reservations:write')
  fulfil(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.change(id, parseFulfilment(body), caller, principal);
  }

  @Post(':id/move')
  @HttpCode(200)
  @Needs('reservations:write')
  move(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.change(id, parseMove(body), caller, principal);
  }

  @Post(':id/refuse')
  @HttpCode(200)
  @Needs('reservations:write')
  refuse(
    @Param('id') id: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    return this.change(id, parseRefusal(body), caller, principal);
  }

  private reserved(
    wanted: ReservationRequest,
    caller: Caller,
    principal: Principal,
  ): Promise<ReserveAnswer | Rejected> {
    if (wanted.kind === 'hold') {
      assertOwnLocation(principal, wanted.key.location);
      return this.commands.execute(new ReserveHold(wanted.key, wanted.hold, caller));
    }
    const { request } = wanted;
    for (const location of request.lines.flatMap(candidatesOf)) assertOwnLocation(principal, location);
    return this.commands.execute(new ReserveCart(request, mayUse(principal), caller));
  }

  private async change(id: string, change: RequestedChange, caller: Caller, principal: Principal): Promise<JsonObject> {
    const answer = await this.commands.execute(new ChangeReservation(id, change, mayUse(principal), caller));
    if (!(answer instanceof Rejected)) return reservationJson(answer, principal);
    throw answer.code === 'unknown-reservation' ? unknown(id) : problemOf(answer);
  }
}

const mayUse =
  (principal: Principal) =>
  (location: LocationId): boolean =>
    mayUseLocation(principal, location);

const unknown = (id: string): Problem =>
  new Problem(404, 'unknown-reservation', 'There is no reservation with this id.', { id });

function insufficient(rejected: Rejected, { key }: Extract<ReservationRequest, { kind: 'hold' }>): Problem {
  return problemOf(rejected, { lines: [{ index: 0, ...key, ...rejected.facts }] });
}
