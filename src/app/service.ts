import type { Provider } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DescribeLocationHandler, DescribeSkuHandler } from '../commands/describe.js';
import { ExpectSupplyHandler } from '../commands/expect-supply.js';
import { ChangeDecisionHandler, DecideOnManyHandler } from '../commands/postings/decide-on-many.js';
import { DecideOnPostingHandler } from '../commands/postings/decide-on-posting.js';
import { StartReplayHandler } from '../commands/postings/start-replay.js';
import { RecordMovementsHandler } from '../commands/record-movements.js';
import { CartDesk } from '../commands/reservation/cart-desk.js';
import { ChangeReservationHandler } from '../commands/reservation/change-reservation.js';
import { ReserveCartHandler } from '../commands/reservation/reserve-cart.js';
import { ReserveHoldHandler } from '../commands/reservation/reserve-hold.js';
import { SetFulfilmentGroupHandler } from '../commands/set-fulfilment-group.js';
import { SetPolicyHandler } from '../commands/set-policy.js';
import { DispatchTransferHandler } from '../commands/transfer/dispatch-transfer.js';
import { ReceiveTransferHandler } from '../commands/transfer/receive-transfer.js';
import { TransferProcess } from '../commands/transfer/transfer-process.js';
import { WriteOffLimit } from '../domain/delivery/worth.js';
import { CONTROLLERS, OPERATIONS_ONLY } from '../http/controllers/index.js';
import { ServiceMetrics } from '../http/metrics.js';
import { MovementIntake } from '../http/movements/movement-intake.js';
import { MovementMessages } from '../http/movements/movement-messages.js';
import { observeErps, observePostings } from '../http/posting-metrics.js';
import { observeReconciliation } from '../http/reconciliation-metrics.js';
import { Access } from '../ports/access.js';
import { AvailabilityStore } from '../ports/availability-store.js';
import { Clock } from '../ports/clock.js';
import { ErpAccounts, ErpConnectors } from '../ports/erp.js';
import { EventStore } from '../ports/event-store.js';
import { PostingsBook } from '../ports/postings-book.js';
import { ValuationBook } from '../ports/valuation-book.js';
import { dueAt } from '../projections/erp-delivery/gathering.js';
import { LiveFeed } from '../projections/feed/live-feed.js';
import { PostingFeed } from '../projections/feed/posting-feed.js';
import { Runners } from '../projections/runners.js';
import { AvailableToPromiseHandler } from '../queries/availability/available-to-promise.js';
import { Cells } from '../queries/availability/cells.js';
import { ExplainAvailabilityHandler } from '../queries/availability/explain.js';
import { AvailabilityScheduleHandler } from '../queries/availability/schedule.js';
import { DecisionQueries } from '../queries/postings/decision-queries.js';
import { PostingQueries } from '../queries/postings/posting-queries.js';
import { ReplayQueries } from '../queries/postings/replay-by-id.js';
import { SummaryQueries } from '../queries/postings/summary-queries.js';
import { ContinuousReconciliation } from '../queries/reconciliation/continuous.js';
import { Reconciliation } from '../queries/reconciliation/reconciliation.js';
import { ReservationByIdHandler } from '../queries/reservation-by-id.js';
import { ReservationsByReferenceHandler } from '../queries/reservations-by-reference.js';
import { StockAsOfHandler } from '../queries/stock-as-of.js';
import { StreamHistory } from '../queries/stream-history.js';
import { SupplyByIdHandler } from '../queries/supply-by-id.js';
import { TransferByIdHandler } from '../queries/transfer-by-id.js';
import { ValuationQueries } from '../queries/valuation.js';
import { FulfilmentTransactor } from '../streams/fulfilment-streams.js';
import { ReservationReader } from '../streams/reservation-reader.js';
import { StockTransactor } from '../streams/stock-streams.js';
import { SummariesLogs } from '../streams/summaries-log.js';
import { TransferTransactor } from '../streams/transfer-streams.js';
import type { Config } from './config.js';
import { createHttpServer } from './http-server.js';
import { openParts, type Parts } from './parts.js';
import { cartDesk, openDeliveries, startProjections } from './projections.js';
import { openStreams, type Streams } from './streams.js';

/** A process that is up. */
export interface Service {
  /** `http://host:port` */
  readonly address: string;
  readonly parts: Parts;
  /** Takes no more requests, finishes what it has, closes everything. */
  stop(): Promise<void>;
}

/** How long requests under way may take once the process has been told to stop. */
const LAST_REQUESTS_MS = 5_000;

/** @param clock another one than the system's, for trials of clocks that differ */
export async function startService(config: Config, clock?: Clock): Promise<Service> {
  const parts = await openParts(config, clock);
  const streams = openStreams(config, parts);
  const deliveries = openDeliveries(config, parts);
  const runners = await startProjections(config, parts, streams, deliveries);
  const metrics = new ServiceMetrics();
  const { store, availability, erpAccounts, clock: now, reconciled } = parts;
  const connectors = new ErpConnectors(parts.erps);
  const reconciliation = new Reconciliation(store, availability, connectors, erpAccounts, now, reconciled);
  observeReconciliation(metrics, reconciliation, now);
  if (config.roles.has('api')) {
    const gathers = new Map(config.erps.map(({ name, summarise }) => [name, summarise]));
    observePostings(metrics, parts.postings, parts.clock, (connector, recordedAt) => {
      const options = gathers.get(connector);
      return options === undefined ? recordedAt : dueAt(recordedAt, options);
    });
  }
  observeErps(metrics, () => deliveries.map(({ gate }) => gate.status()));
  const controllers = config.roles.has('api') ? CONTROLLERS : OPERATIONS_ONLY;
  const app = await createHttpServer(
    controllers,
    [...providers(config, parts, streams, runners, metrics), { provide: Reconciliation, useValue: reconciliation }],
    metrics,
    parts.log,
  );
  await app.listen(config.port, config.host);
  parts.movements?.start((message) => app.get(MovementMessages).handle(message));
  const isContinuous = config.roles.has('poster') && config.reconcileEveryMs > 0;
  const continuous = isContinuous
    ? new ContinuousReconciliation(reconciliation, parts.log, config.reconcileEveryMs)
    : undefined;
  const stop = async () => {
    await parts.movements?.close();
    await closeServer(app);
    await continuous?.stop();
    await runners.stop();
    for (const close of [...parts.closers].reverse()) await close();
  };
  return { address: await addressOf(app), parts, stop };
}

function providers(
  config: Config,
  parts: Parts,
  streams: Streams,
  runners: Runners,
  metrics: ServiceMetrics,
): Provider[] {
  const { store, clock } = parts;
  return [
    { provide: Access, useValue: parts.access },
    { provide: EventStore, useValue: store },
    { provide: Clock, useValue: clock },
    { provide: AvailabilityStore, useValue: parts.availability },
    { provide: ValuationBook, useValue: parts.book },
    { provide: PostingsBook, useValue: parts.postings },
    { provide: WriteOffLimit, useValue: config.writeOffLimit },
    { provide: ErpAccounts, useValue: parts.erpAccounts },
    { provide: Runners, useValue: runners },
    { provide: ServiceMetrics, useValue: metrics },
    { provide: StockTransactor, useValue: streams.stock },
    { provide: TransferTransactor, useValue: streams.transfers },
    { provide: FulfilmentTransactor, useValue: streams.fulfilment },
    { provide: ReservationReader, useValue: streams.reader },
    { provide: CartDesk, useValue: cartDesk(parts, streams) },
    { provide: LiveFeed, useValue: new LiveFeed(store, parts.availability, clock, parts.log) },
    { provide: PostingFeed, useValue: new PostingFeed(store, parts.log) },
    MovementIntake,
    MovementMessages,
    RecordMovementsHandler,
    ReserveHoldHandler,
    ReserveCartHandler,
    SetFulfilmentGroupHandler,
    SetPolicyHandler,
    DescribeLocationHandler,
    DescribeSkuHandler,
    ChangeReservationHandler,
    ExpectSupplyHandler,
    TransferProcess,
    DispatchTransferHandler,
    ReceiveTransferHandler,
    Cells,
    AvailableToPromiseHandler,
    AvailabilityScheduleHandler,
    ExplainAvailabilityHandler,
    ReservationByIdHandler,
    ReservationsByReferenceHandler,
    StockAsOfHandler,
    SupplyByIdHandler,
    TransferByIdHandler,
    StreamHistory,
    ValuationQueries,
    PostingQueries,
    DecideOnPostingHandler,
    DecideOnManyHandler,
    ChangeDecisionHandler,
    DecisionQueries,
    { provide: SummariesLogs, useValue: new SummariesLogs(store) },
    SummaryQueries,
    ReplayQueries,
    StartReplayHandler,
  ];
}

/** Lets requests end, but not for ever: a connection that never asked anything counts as busy, and would be waited for. */
async function closeServer(app: NestFastifyApplication): Promise<void> {
  const cutOff = setTimeout(() => app.getHttpServer().closeAllConnections(), LAST_REQUESTS_MS);
  await app.close();
  clearTimeout(cutOff);
}

async function addressOf(app: NestFastifyApplication): Promise<string> {
  const url = await app.getUrl();
  return url.replace('[::1]', 'localhost');
}
