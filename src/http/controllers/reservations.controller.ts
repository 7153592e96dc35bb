import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { ChangeReservation, type ReservationChange } from '../../commands/change-reservation.js';
import { Reserve } from '../../commands/reserve.js';
import { Rejected } from '../../domain/rejected.js';
import { type HoldAddress, holdAddressOf } from '../../domain/reservation/reservation-id.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { ReservationById } from '../../queries/reservation-by-id.js';
import type { ReservationAnswer } from '../../streams/reservation-reader.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMinPosition } from '../dto/availability.js';
import { instant } from '../dto/movement.js';
import { parseEmpty, parseFulfilment, parseReservation, type SingleLineReservation } from '../dto/reservation.js';
import { ServiceMetrics } from '../metrics.js';
import { positionToken } from '../position-token.js';
import { Problem, problemOf } from '../problem.js';

@Controller('v1/reservations')
export class ReservationsController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  /** 201 for a new hold, 200 with the same answer for one that this reference already has. */
  @Post()
  @Needs('reservations:write')
  async reserve(
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const wanted = parseReservation(body);
    const { sku, location, quantity } = wanted.line;
    assertOwnLocation(principal, location);
    const { reference, ttlSeconds, channel } = wanted;
    const terms = {
      reference,
      quantity,
      ttlSeconds,
      ...(channel === undefined ? {} : { channel }),
      ...neededBy(wanted),
    };
    const answer = await this.commands.execute(new Reserve({ sku, location }, terms, caller));
    if (answer instanceof Rejected) {
      this.metrics.reservations.inc({ outcome: answer.code });
      throw answer.code === 'insufficient' ? insufficient(answer, wanted) : problemOf(answer);
    }
    this.metrics.reservations.inc({ outcome: answer.isNew ? 'held' : 'repeated' });
    void reply.status(answer.isNew ? 201 : 200);
    return toJson(answer);
  }

  @Get(':id')
  @Needs('availability:read')
  async byId(
    @Param('id') id: string,
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    // The stream itself answers, so every position is already reached; the parameter is only checked.
    parseMinPosition(query);
    ownHold(id, principal);
    const answer = await this.queries.execute(new ReservationById(id));
    if (answer === undefined) throw unknown(id);
    return toJson(answer);
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
    return this.settle(id, 'confirm', body, caller, principal);
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
    return this.settle(id, 'cancel', body, caller, principal);
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
    const { id: fulfilmentId, lines } = parseFulfilment(body);
    const { key } = ownHold(id, principal);
    const foreign = lines?.find((line) => line.sku !== key.sku || (line.location ?? key.location) !== key.location);
    if (foreign !== undefined) {
      throw new Problem(422, 'invalid-body', `The reservation has no line of ${foreign.sku}.`, { sku: foreign.sku });
    }
    const quantity = lines?.reduce((sum, line) => sum + line.quantity, 0);
    const change: ReservationChange = {
      kind: 'fulfil',
      id: fulfilmentId,
      ...(quantity === undefined ? {} : { quantity }),
    };
    return this.change(id, change, caller);
  }

  /** The changes that need nothing but to be asked for. */
  private settle(id: string, kind: 'confirm' | 'cancel', body: unknown, caller: Caller, principal: Principal) {
    parseEmpty(body);
    ownHold(id, principal);
    return this.change(id, { kind }, caller);
  }

  private async change(id: string, change: ReservationChange, caller: Caller): Promise<JsonObject> {
    const answer = await this.commands.execute(new ChangeReservation(id, change, caller));
    if (answer instanceof Rejected) throw problemOf(answer);
    return toJson(answer);
  }
}

const neededBy = ({ neededBy: text }: SingleLineReservation) => (text === undefined ? {} : { neededBy: instant(text) });

/** A reservation at a location that is not the caller's looks like one that does not exist. */
function ownHold(id: string, principal: Principal): HoldAddress {
  const address = holdAddressOf(id);
  if (address === undefined || !mayUseLocation(principal, address.key.location)) throw unknown(id);
  return address;
}

const unknown = (id: string): Problem =>
  new Problem(404, 'unknown-reservation', 'There is no reservation with this id.', { id });

function insufficient(rejected: Rejected, { line }: SingleLineReservation): Problem {
  const { sku, location } = line;
  return problemOf(rejected, { lines: [{ index: 0, sku, location, ...rejected.facts }] });
}

function toJson({ reservation, position }: ReservationAnswer): JsonObject {
  const { id, reference, status, expiresAt, lines } = reservation;
  return {
    id,
    reference,
    status,
    expiresAt: formatInstant(expiresAt),
    lines: lines.map(({ sku, location, quantity }) => ({ sku, location, quantity })),
    position: positionToken(position),
  };
}
