import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { holdAddressOf } from '../domain/reservation/reservation-id.js';
import type { RecordMovement, ReportedMovement } from '../domain/stock/commands.js';
import type { ExceptionCode, StockEvent } from '../domain/stock/events.js';
import { isMovement } from '../domain/stock/events.js';
import { isSameMovement } from '../domain/stock/same.js';
import type { StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { Position } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import { StockTransactor } from '../streams/stock-streams.js';
import type { Caller, Outcome, Recorded } from '../streams/stream-kind.js';

export interface MovementReport {
  readonly key: StockKey;
  readonly movement: ReportedMovement;
}

export type MovementResult =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly revision: number;
      readonly exceptions: readonly ExceptionCode[];
      readonly position: Position;
    }
  | { readonly status: 'id-reused'; readonly revision: number; readonly position: Position };

/** Facts reported by stores and warehouses, each to be recorded once. Answers with one result a report, in order. */
export class RecordMovements extends Command<readonly MovementResult[]> {
  constructor(
    readonly reports: readonly MovementReport[],
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(RecordMovements)
export class RecordMovementsHandler implements ICommandHandler<RecordMovements> {
  constructor(@Inject(StockTransactor) private readonly streams: StockTransactor) {}

  execute({ reports, caller }: RecordMovements): Promise<MovementResult[]> {
    return Promise.all(reports.map((report) => this.record(report, caller)));
  }

  private async record({ key, movement }: MovementReport, caller: Caller): Promise<MovementResult> {
    const stream = stockStream(key);
    const outcome = await this.streams.execute(stream, toCommand(key, movement), caller);
    return toResult(movement, outcome);
  }
}

/** A sale may name a hold of its own stream; a reservation elsewhere holds nothing here. */
function toCommand(key: StockKey, movement: ReportedMovement): RecordMovement {
  const named = movement.type === 'Sold' ? movement.reservationId : undefined;
  const address = named === undefined ? undefined : holdAddressOf(named);
  const isHere = address?.key.sku === key.sku && address.key.location === key.location;
  return { type: 'record-movement', movement, ...(isHere ? { holds: [address.reference] } : {}) };
}

function toResult(movement: ReportedMovement, outcome: Outcome<StockEvent>): MovementResult {
  switch (outcome.status) {
    case 'done':
      return accepted(
        'accepted',
        outcome.events.find(({ event }) => isMovement(event)),
      );
    case 'known': {
      const { recorded } = outcome;
      if (isSameMovement(movement, recorded.event)) return accepted('duplicate', recorded);
      return { status: 'id-reused', revision: recorded.revision, position: recorded.position };
    }
    case 'rejected':
      throw new Error(`A fact was refused: ${outcome.rejection.detail}`);
  }
}

function accepted(status: 'accepted' | 'duplicate', recorded: Recorded<StockEvent> | undefined): MovementResult {
  if (recorded === undefined || !isMovement(recorded.event)) throw new Error('A movement left no event.');
  const { event, revision, position } = recorded;
  return { status, revision, exceptions: event.exceptions ?? [], position };
}

/** The newest position among the results: a read that has reached it shows all of them. */
export const newestPosition = (results: readonly { readonly position: Position }[]): Position =>
  results.reduce((newest, { position }) => (position > newest ? position : newest), START);
