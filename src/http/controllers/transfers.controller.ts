import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import { DispatchTransfer } from '../../commands/transfer/dispatch-transfer.js';
import { ReceiveTransfer } from '../../commands/transfer/receive-transfer.js';
import { Rejected } from '../../domain/rejected.js';
import type { TransferLineView } from '../../domain/transfer/transfer.js';
import type { ClientId } from '../../domain/values/identifiers.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { TransferById, type TransferView } from '../../queries/transfer-by-id.js';
import type { Caller } from '../../streams/stream-kind.js';
import { assertOwnLocation, CallerOf, CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseMinPosition } from '../dto/availability.js';
import { parseReceipt, parseTransfer, parseTransferId } from '../dto/transfer.js';
import { positionToken } from '../position-token.js';
import { Problem, problemOf } from '../problem.js';

/** Goods on their way from one location to another. */
@Controller('v1/transfers')
export class TransfersController {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(QueryBus) private readonly queries: QueryBus,
  ) {}

  /** 201 for a new transfer, 200 for one that this request has made before. */
  @Post()
  @Needs('movements:write')
  async dispatch(
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject> {
    const transfer = parseTransfer(body);
    assertOwnLocation(principal, transfer.from);
    const answer = await this.commands.execute(new DispatchTransfer(transfer, caller));
    if (answer instanceof Rejected) throw problemOf(answer);
    void reply.status(answer.isNew ? 201 : 200);
    return toJson(answer);
  }

  @Post(':id/receipts')
  @HttpCode(200)
  @Needs('movements:write')
  async receive(
    @Param('id') idText: string,
    @Body() body: unknown,
    @CallerOf() caller: Caller,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const id = parseTransferId(idText);
    const receipt = parseReceipt(body);
    const { transfer } = await this.visible(id, principal);
    assertOwnLocation(principal, transfer.to);
    const answer = await this.commands.execute(new ReceiveTransfer(id, receipt, caller));
    if (answer instanceof Rejected) throw problemOf(answer);
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
    return toJson(await this.visible(parseTransferId(id), principal));
  }

  /** A transfer between locations of others looks like one that does not exist. */
  private async visible(id: ClientId, principal: Principal): Promise<TransferView> {
    const view = await this.queries.execute(new TransferById(id));
    const ends = view === undefined ? [] : [view.transfer.from, view.transfer.to];
    if (view !== undefined && ends.some((location) => mayUseLocation(principal, location))) return view;
    throw new Problem(404, 'unknown-transfer', 'There is no transfer with this id.', { id });
  }
}

function toJson({ transfer, position }: TransferView): JsonObject {
  const { id, status, from, to, lines, dueAt } = transfer;
  return {
    id,
    status,
    from,
    to,
    lines: lines.map(lineJson),
    ...(dueAt === null ? {} : { dueAt: formatInstant(dueAt) }),
    position: positionToken(position),
  };
}

const lineJson = ({ exceptions, ...line }: TransferLineView): JsonObject => ({
  ...line,
  ...(exceptions.length === 0 ? {} : { exceptions: exceptions.map((code) => ({ code })) }),
});
