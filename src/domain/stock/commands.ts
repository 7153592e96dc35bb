import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import { changeKey, holdKey, movementKey } from './event-keys.js';
import type {
  Adjusted,
  Arrived,
  Counted,
  Dispatched,
  DispositionMoved,
  Movement,
  Received,
  Returned,
  Sold,
  UnitCostRevised,
} from './events.js';

/** What decisions add to a movement; callers do not say it. */
type Decided = 'exceptions' | 'atRisk' | 'settledByCount' | 'supplied' | 'variance';

type Reported<Fact extends Movement> = Fact extends Movement ? Omit<Fact, Decided> : never;

/** A movement as a store reports it: the event it becomes, without what only the stream can tell. */
export type ReportedMovement =
  | Reported<Received>
  | Reported<Sold>
  | Reported<Returned>
  | Reported<Adjusted>
  | Reported<Counted>
  | Reported<Dispatched>
  | Reported<Arrived>
  | Reported<DispositionMoved>
  | Reported<UnitCostRevised>;

export interface RecordMovement {
  readonly type: 'record-movement';
  readonly movement: ReportedMovement;
  /** The holds of this stream that belong to the reservation a sale names. */
  readonly holds?: readonly ClientId[];
}

export interface Reserve {
  readonly type: 'reserve';
  readonly reference: ClientId;
  readonly quantity: number;
  readonly ttlSeconds: number;
  readonly channel?: string;
  readonly neededBy?: Instant;
  /** When the hold ends, for holds that end together; otherwise `ttlSeconds` from the decision. */
  readonly expiresAt?: Instant;
}

export interface ConfirmHold {
  readonly type: 'confirm-hold';
  readonly reference: ClientId;
}

/** Keeps a hold that is not confirmed for `ttlSeconds` from now; never shorter than it would have lived. */
export interface ExtendHold {
  readonly type: 'extend-hold';
  /** The caller's id of this extension. */
  readonly id: ClientId;
  readonly reference: ClientId;
  readonly ttlSeconds: number;
  /** When the hold ends now, for holds that end together; otherwise `ttlSeconds` from the decision. */
  readonly until?: Instant;
}

export interface CancelHold {
  readonly type: 'cancel-hold';
  readonly reference: ClientId;
  /** Why, when the units are held elsewhere from now on. */
  readonly reason?: 'moved';
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

/** Announces units, or changes what was announced under this id. */
export interface ExpectSupply {
  readonly type: 'expect-supply';
  readonly changeId: string;
  readonly supplyId: ClientId;
  /** In all, those included that have come already. */
  readonly quantity: number;
  readonly dueAt: Instant | null;
}

export interface CancelSupply {
  readonly type: 'cancel-supply';
  readonly changeId: string;
  readonly supplyId: ClientId;
}

/** Sets what is named and leaves the rest as it is; 0 takes a rule away. */
export interface SetPolicy {
  readonly type: 'set-policy';
  readonly changeId: string;
  readonly safetyStock?: number;
  readonly lowStockThreshold?: number;
  readonly protections?: ReadonlyMap<string, number>;
}

export type HoldCommand = Reserve | ConfirmHold | ExtendHold | CancelHold | FulfilHold;
export type StockCommand = RecordMovement | HoldCommand | ExpectSupply | CancelSupply | SetPolicy;

/** The key of the event that shows that a command has been carried out. */
export function commandKey(command: StockCommand): string {
  switch (command.type) {
    case 'record-movement':
      return movementKey(command.movement.id);
    case 'reserve':
      return holdKey.reserved(command.reference);
    case 'confirm-hold':
      return holdKey.confirmed(command.reference);
    case 'extend-hold':
      return holdKey.extended(command.reference, command.id);
    case 'cancel-hold':
      return holdKey.ended(command.reference);
    case 'fulfil-hold':
      return movementKey(fulfilmentSaleId(command.reference, command.id));
    case 'expect-supply':
    case 'cancel-supply':
    case 'set-policy':
      return changeKey(command.changeId);
  }
}

/** The id of the sale that a fulfilment writes: no client can make the same one, `/` is not theirs to use. */
export const fulfilmentSaleId = (reference: ClientId, id: ClientId): ClientId => `${reference}/${id}` as ClientId;
