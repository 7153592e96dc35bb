import { CartDesk } from '../commands/reservation/cart-desk.js';
import { TransferProcess } from '../commands/transfer/transfer-process.js';
import { ReadModelUnavailable } from '../ports/availability-store.js';
import { EventStoreUnavailable } from '../ports/event-store.js';
import { AvailabilityProjection } from '../projections/availability.js';
import { DecisionsProjection } from '../projections/erp-delivery/decisions-projection.js';
import { DeliveryProjection } from '../projections/erp-delivery/delivery-projection.js';
import { FeedProjection } from '../projections/feed/feed-projection.js';
import { PostingFeedProjection } from '../projections/feed/posting-feed-projection.js';
import { PostingsProjection } from '../projections/postings/postings-projection.js';
import { RecoveryProjection } from '../projections/recovery/recovery-projection.js';
import { reservationRecovery } from '../projections/recovery/reservation-recovery.js';
import { transferRecovery } from '../projections/recovery/transfer-recovery.js';
import { ReplayProjection } from '../projections/replay/replay-projection.js';
import { type Projection, ProjectionRunner } from '../projections/run.js';
import { Runners } from '../projections/runners.js';
import { ValuationProjection } from '../projections/valuation/valuation-projection.js';
import { ValuationBookProjection } from '../projections/valuation-book.js';
import type { Config } from './config.js';
import type { Parts } from './parts.js';
import type { Streams } from './streams.js';

/** What delivers to the ERPs that this process posts to. */
export const openDeliveries = (config: Config, { store, erps, clock }: Parts): readonly DeliveryProjection[] =>
  erps.map((erp) => {
    const { postingsPerSecond, summarise } = config.erps.find(({ name }) => name === erp.name) ?? {};
    return new DeliveryProjection(store, erp, {
      clock,
      ...(postingsPerSecond === undefined ? {} : { postingsPerSecond }),
      ...(summarise === undefined ? {} : { gather: summarise }),
    });
  });

/** Starts what this process's roles ask for. */
export async function startProjections(
  config: Config,
  parts: Parts,
  streams: Streams,
  deliveries: readonly DeliveryProjection[],
): Promise<Runners> {
  const runners = new Runners();
  for (const projection of [...projectionsOf(config, parts, streams), ...posting(config, parts, deliveries)]) {
    const runner = new ProjectionRunner(parts.store, projection, parts.log);
    await preflight(runner);
    const target = projection.isReadModel ? await parts.store.head(projection.streamPrefixes) : undefined;
    runners.start(runner, target);
  }
  return runners;
}

/** What work on carts needs, for callers and for their recovery alike. */
export const cartDesk = ({ availability, clock }: Parts, { stock, reservations, reader }: Streams): CartDesk =>
  new CartDesk(stock, reservations, reader, availability, clock);

/** A wrong setting is told at once, before anything else starts; what is only away is waited for. */
async function preflight(runner: ProjectionRunner): Promise<void> {
  try {
    await runner.prepare();
  } catch (error) {
    if (!(error instanceof EventStoreUnavailable || error instanceof ReadModelUnavailable)) throw error;
  }
}

/** A replay posts through the gate of its connector's deliveries: what the ERP takes, it takes from both together. */
const posting = (
  { timeZone }: Config,
  { store, clock, erpAccounts: accounts }: Parts,
  deliveries: readonly DeliveryProjection[],
): Projection[] =>
  deliveries.flatMap((delivery) => [
    delivery,
    new DecisionsProjection(store, delivery.gate.connector.name, clock),
    new ReplayProjection(store, delivery.gate, clock, { accounts, timeZone }),
  ]);

function projectionsOf(
  { roles, redisUrl, timeZone, rules, eventStoreUrl }: Config,
  parts: Parts,
  streams: Streams,
): Projection[] {
  const { store, availability, book, postings, bus, clock } = parts;
  const projections: Projection[] = [];
  // A read model in memory serves its own process; one in Redis serves all, and is the projectors' work.
  if (roles.has(redisUrl === undefined ? 'api' : 'projector')) {
    projections.push(new AvailabilityProjection(store, availability, clock));
  }
  if (roles.has('projector') && bus !== undefined) {
    projections.push(new FeedProjection(store, bus, clock), new PostingFeedProjection(store, bus));
  }
  // What a crash has left half done is finished by the projectors, or by who is alone with the embedded node.
  if (roles.has('projector') || (roles.has('api') && eventStoreUrl === undefined)) {
    const transfers = new TransferProcess(streams.transfers, streams.stock);
    const transferSteps = transferRecovery((id, caller) => transfers.finish(id, caller));
    projections.push(new RecoveryProjection(store, transferSteps, clock));
    const { finisher } = cartDesk(parts, streams);
    const reservationSteps = reservationRecovery((cart, step, caller) => finisher.finish(cart, step, caller));
    projections.push(new RecoveryProjection(store, reservationSteps, clock));
  }
  if (roles.has('poster')) projections.push(new ValuationProjection(store, { timeZone, rules }));
  if (roles.has('api')) {
    projections.push(new ValuationBookProjection(store, book), new PostingsProjection(store, postings));
  }
  return projections;
}
