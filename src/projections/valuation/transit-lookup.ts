import { movementKey } from '../../domain/stock/event-keys.js';
import type { StockEvent } from '../../domain/stock/events.js';
import { decodeTransferEvent } from '../../domain/transfer/codec.js';
import type { TransferEvent } from '../../domain/transfer/events.js';
import { dispatchMovementId, transferOfSupply, transferStream } from '../../domain/transfer/ids.js';
import { arrivalLeg, shortageLeg } from '../../domain/transfer/leg.js';
import { type DispatchCost, dispatchCost, type Transit } from '../../domain/valuation/transit.js';
import { eventNameFor, nameOf } from '../../domain/values/event-id.js';
import type { ClientId, Sku, StockKey } from '../../domain/values/identifiers.js';
import { stockStream, valuationStream } from '../../domain/values/identifiers.js';
import type { EventStore } from '../../ports/event-store.js';
import type { ValuationCache } from './valuation-cache.js';

/** The transfer whose goods an event brings or gives up. */
export function transferNamedBy(event: StockEvent): ClientId | undefined {
  if (event.type === 'Arrived') return event.transferId;
  return event.type === 'SupplyCancelled' ? transferOfSupply(event.supplyId) : undefined;
}

/** Finds what goods of a transfer cost when they left: in the transfer's stream and the valuations of its source. */
export class TransitLookup {
  /** The transfer read last: its lines arrive together, in a stream each. */
  private last: { readonly id: ClientId; readonly events: readonly TransferEvent[] } | undefined;

  constructor(
    private readonly store: EventStore,
    private readonly cache: ValuationCache,
  ) {}

  /** Undefined when the transfer knows nothing of such an event. */
  async find(transferId: ClientId, { sku }: StockKey, event: StockEvent): Promise<Transit | undefined> {
    const known = this.last?.id === transferId ? this.last.events : [];
    const transit = transitIn(known, sku, event) ?? transitIn(await this.read(transferId), sku, event);
    if (transit === undefined || transit.leg.sent === 0) return transit;
    const dispatch = await this.dispatch(transferId, { sku, location: transit.from });
    return dispatch === undefined ? transit : { ...transit, dispatch };
  }

  private async read(id: ClientId): Promise<readonly TransferEvent[]> {
    const events: TransferEvent[] = [];
    for await (const recorded of this.store.readStream(transferStream(id))) events.push(decodeTransferEvent(recorded));
    this.last = { id, events };
    return events;
  }

  /** Goods leave before they arrive, and the caller has had everything valued that came before. */
  private async dispatch(transferId: ClientId, source: StockKey): Promise<DispatchCost | undefined> {
    const stream = valuationStream(source);
    const known = await this.cache.get(stream, false);
    this.cache.set(stream, known);
    const dispatch = eventNameFor(stockStream(source), movementKey(dispatchMovementId(transferId)));
    const valued = await this.cache.find(
      stream,
      known,
      dispatch,
      ({ source: { eventId } }) => nameOf(eventId) === dispatch,
    );
    if (valued === undefined) throw new Error(`${stream}: the dispatch of transfer ${transferId} is not valued yet`);
    return dispatchCost(valued);
  }
}

function transitIn(events: readonly TransferEvent[], sku: Sku, event: StockEvent): Transit | undefined {
  const [requested] = events;
  if (requested?.type !== 'Requested') return undefined;
  const leg = event.type === 'Arrived' ? arrivalLeg(events, sku, event.id) : shortageLeg(events, sku);
  return leg === undefined ? undefined : { leg, from: requested.from };
}
