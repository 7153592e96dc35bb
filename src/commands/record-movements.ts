import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import {
  addressOf,
  movedKeyOf,
  type ReservationName,
  reservationsOfHolds,
} from '../domain/reservation/reservation-id.js';
import type { ReportedMovement } from '../domain/stock/commands.js';
import type { ExceptionCode, Movement, StockEvent } from '../domain/stock/events.js';
import { isMovement } from '../domain/stock/events.js';
import { isSameMovement } from '../domain/stock/same.js';
import type { ClientId, StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { Position } from '../ports/event-store.js';
import { START } from '../ports/event-store.js';
import { ReservationReader } from '../streams/reservation-reader.js';
import { StockTransactor } from '../streams/stock-streams.js';
import type { Caller, Outcome, Recorded } from '../streams/stream-kind.js';

export interface MovementReport {
  readonly key: StockKey;
  readonly movement: ReportedMovement;
}

/** What a person should know of a recorded movement. */
export interface MovementException {
  readonly code: ExceptionCode;
  /** Of `oversold`: the reservations that can no longer be served, the one to give up first at the front. */
  readonly atRisk?: readonly ReservationName[];
}

export type MovementResult =
  | {
      readonly status: 'accepted' | 'duplicate';
      readonly revision: number;
      readonly exceptions: readonly MovementException[];
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
  constructor(
    @Inject(StockTransactor) private readonly streams: StockTransactor,
    @Inject(ReservationReader) private readonly reservations: ReservationReader,
  ) {}

  execute({ reports, caller }: RecordMovements): Promise<MovementResult[]> {
    return Promise.all(reports.map((report) => this.record(report, caller)));
  }

  private async record({ key, movement }: MovementReport, caller: Caller): Promise<MovementResult> {
    const named = movement.type === 'Sold' ? movement.reservationId : undefined;
    const holds = named === undefined ? [] : await this.holdsOf(named, key);
    const command = { type: 'record-movement', movement, ...(holds.length === 0 ? {} : { holds }) } as const;
    return toResult(key, movement, await this.streams.execute(stockStream(key), command, caller));
  }

  /** The holds that a reservation has here: a sale that names it consumes them. */
  private async holdsOf(reservationId: string, key: StockKey): Promise<readonly ClientId[]> {
    const address = addressOf(reservationId);
    if (address === undefined) return [];
    const isAtHome = address.kind === 'hold' && isSame(address.hold.key, key);
    if (isAtHome) return [address.hold.reference];
    const reading = await this.reservations.cart(address.kind === 'cart' ? address.cart : movedKeyOf(address.hold));
    const holds = reading?.cart.holds.filter((hold) => isSame(hold, key)) ?? [];
    return holds.map(({ reference }) => reference);
  }
}

const isSame = (one: StockKey, other: StockKey): boolean => one.sku === other.sku && one.location === other.location;

function toResult(key: StockKey, movement: ReportedMovement, outcome: Outcome<StockEvent>): MovementResult {
  switch (outcome.status) {
    case 'done':
      return accepted(
        key,
        'accepted',
        outcome.events.find(({ event }) => isMovement(event)),
      );
    case 'known': {
      const { recorded } = outcome;
      if (isSameMovement(movement, recorded.event)) return accepted(key, 'duplicate', recorded);
      return { status: 'id-reused', revision: recorded.revision, position: recorded.position };
    }
    case 'rejected':
      throw new Error(`A fact was refused: ${outcome.rejection.detail}`);
  }
}

function accepted(
  key: StockKey,
  status: 'accepted' | 'duplicate',
  recorded: Recorded<StockEvent> | undefined,
): MovementResult {
  if (recorded === undefined || !isMovement(recorded.event)) throw new Error('A movement left no event.');
  const { event, revision, position } = recorded;
  return { status, revision, exceptions: exceptionsOf(key, event), position };
}

function exceptionsOf(key: StockKey, { exceptions = [], atRisk = [] }: Movement): readonly MovementException[] {
  return exceptions.map((code) =>
    code === 'oversold' && atRisk.length > 0 ? { code, atRisk: reservationsOfHolds(key, atRisk) } : { code },
  );
}

/** The newest position among the results: a read that has reached it shows all of them. */
export const newestPosition = (results: readonly { readonly position: Position }[]): Position =>
  results.reduce((newest, { position }) => (position > newest ? position : newest), START);
