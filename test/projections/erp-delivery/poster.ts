import { decodeDelivery } from '../../../src/domain/delivery/codec.js';
import type { DeliveryEvent, DeliveryHappening, PersonsDecision } from '../../../src/domain/delivery/events.js';
import { DELIVERY_PARTITIONS, deliveryStream, partitionOf } from '../../../src/domain/delivery/partitions.js';
import { stockKeyOf } from '../../../src/domain/values/identifiers.js';
import type { ErpConnector } from '../../../src/ports/erp.js';
import type { EventStore } from '../../../src/ports/event-store.js';
import { type DeliveryOptions, DeliveryProjection } from '../../../src/projections/erp-delivery/delivery-projection.js';
import { ProjectionRunner } from '../../../src/projections/run.js';
import { ValuationProjection } from '../../../src/projections/valuation/valuation-projection.js';
import { appendDeliveries, loadDeliveries } from '../../../src/streams/delivery-streams.js';
import { eventsOf, QUIET, settle } from '../../projections-valuation/shop.js';

export const valueAll = (store: EventStore) =>
  settle(store, new ValuationProjection(store, { timeZone: 'Europe/London' }));

/** A poster at work until something is as it should be; fails when that takes too long. */
export async function deliverUntil(
  store: EventStore,
  erp: ErpConnector,
  done: () => boolean | Promise<boolean>,
  options: DeliveryOptions = {},
  withinMs = 20_000,
): Promise<DeliveryProjection> {
  const projection = new DeliveryProjection(store, erp, options);
  const runner = new ProjectionRunner(store, projection, QUIET);
  runner.start();
  const deadline = Date.now() + withinMs;
  while (!(await done())) {
    if (Date.now() > deadline) throw new Error(`It did not come to that: ${JSON.stringify(runner.status().lastError)}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await runner.stop();
  return projection;
}

/** All that is on record of a connector's deliveries. */
export async function deliveriesOf(store: EventStore, connector = 'trial'): Promise<DeliveryEvent[]> {
  const streams = Array.from({ length: DELIVERY_PARTITIONS }, (_, partition) => deliveryStream(connector, partition));
  const events = await Promise.all(streams.map((stream) => eventsOf(store, stream)));
  return events.flat().map(decodeDelivery);
}

type OfType<Type extends DeliveryHappening['type']> = Extract<DeliveryEvent, { type: Type }>;

export async function happened<Type extends DeliveryHappening['type']>(
  store: EventStore,
  type: Type,
): Promise<OfType<Type>[]> {
  return (await deliveriesOf(store)).filter((event): event is OfType<Type> => event.type === type);
}

export const deliveredRefs = async (store: EventStore): Promise<string[]> =>
  (await happened(store, 'Delivered')).flatMap(({ refs }) => refs);

type Said = PersonsDecision extends infer Each
  ? Each extends unknown
    ? Omit<Each, 'valuation' | 'ref'>
    : never
  : never;

/** What a person says about the only parked posting. */
export async function decideParked(store: EventStore, said: Said): Promise<void> {
  const parked = (await happened(store, 'Parked')).at(-1);
  if (parked === undefined) throw new Error('nothing is parked');
  const { ref, valuation } = parked;
  const stream = deliveryStream('trial', partitionOf(stockKeyOf(valuation.stream).sku));
  const state = await loadDeliveries(store, stream);
  const happening = { ...said, ref, valuation } as PersonsDecision;
  const appended = await appendDeliveries(store, stream, state, {
    happenings: [happening],
    position: state.position,
    at: 1,
  });
  if (appended === undefined) throw new Error('somebody else wrote');
}
