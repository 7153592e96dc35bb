import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type {
  Adjusted,
  Counted,
  DispositionMoved,
  Movement,
  Received,
  Returned,
  Sold,
  UnitCostRevised,
} from './events.js';
import { holdKey, movementKey } from './events.js';

/** What decisions add to a movement; callers do not say it. */
type Decided = 'exceptions' | 'settledByCount' | 'variance';

type Reported<Fact extends Movement> = Fact extends Movement ? Omit<Fact, Decided> : never;

/** A movement as a store reports it: the event it becomes, without what only the stream can tell. */
export type ReportedMovement =
  | Reported<Received>
  | Reported<Sold>
  | Reported<Returned>
  | Reported<Adjusted>
  | Reported<Counted>
  | Reported<DispositionMoved>
  | Reported<UnitCostRevised>;

export interface RecordMovement {
  readonly type: 'record-movement';
  readonly movement: ReportedMovement;
  /** The hold that a sale's `reservationId` names, when that hold lives in this stream. */
  readonly hold?: ClientId;
}

export interface Reserve {
  readonly type: 'reserve';
  readonly reference: ClientId;
  readonly quantity: number;
  readonly ttlSeconds: number;
  readonly channel?: string;
  readonly neededBy?: Instant;
}

export interface ConfirmHold {
  readonly type: 'confirm-hold';
  readonly reference: ClientId;
}

export interface CancelHold {
  readonly type: 'cancel-hold';
  readonly reference: ClientId;
}

export interface FulfilHold {
  readonly type: 'fulfil-hold';
  /** The caller's id of this fulfilment. */
  readonly id: ClientId;
  readonly reference: ClientId;
  /** Units handed over; all that is left when absent. */
  readonly quantity?: number;
  /** The reservation's id, for the sale that this writes. */
  readonly reservationId: string;
}

export type StockCommand = RecordMovement | Reserve | ConfirmHold | CancelHold | FulfilHold;

/** The key of the event that shows that a command has been carried out. */
export function commandKey(command: StockCommand): string {
  switch (command.type) {
    case 'record-movement':
      return movementKey(command.movement.id);
    case 'reserve':
      return holdKey.reserved(command.reference);
    case 'confirm-hold':
      return holdKey.confirmed(command.reference);
    case 'cancel-hold':
      return holdKey.ended(command.reference);
    case 'fulfil-hold':
      return movementKey(fulfilmentSaleId(command.reference, command.id));
  }
}

/** The id of the sale that a fulfilment writes: no client can make the same one, `/` is not theirs to use. */
export const fulfilmentSaleId = (reference: ClientId, id: ClientId): ClientId => `${reference}/${id}` as ClientId;
