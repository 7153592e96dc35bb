import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { KeysFile } from '../adapters/access/keys-file.js';
import { AvailabilityCheckpointFile } from '../adapters/availability-store/memory/checkpoint-file.js';
import { MemoryAvailabilityStore } from '../adapters/availability-store/memory/memory-availability-store.js';
import { RedisAvailabilityStore } from '../adapters/availability-store/redis/redis-availability-store.js';
import { CheckpointFile } from '../adapters/checkpoint-file.js';
import { NatsEventBus } from '../adapters/event-bus/nats/nats-event-bus.js';
import { EmbeddedNodeProcess } from '../adapters/event-store/embedded-node-process/embedded-node-process.js';
import { EventStoreDbEventStore } from '../adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { NamespacedEventStore } from '../adapters/event-store/namespaced-event-store.js';
import { NatsMovementSource } from '../adapters/movement-source/nats/nats-movement-source.js';
import { POSTINGS_FORMAT } from '../adapters/postings-book/memory/checkpoint-lines.js';
import { MemoryPostingsBook } from '../adapters/postings-book/memory/memory-postings-book.js';
import { RareCheckpoints } from '../adapters/rare-checkpoints.js';
import { ENTRY_FORMAT } from '../adapters/valuation-book/memory/entry-line.js';
import { MemoryValuationBook } from '../adapters/valuation-book/memory/memory-valuation-book.js';
import type { AvailabilityStore } from '../ports/availability-store.js';
import type { CheckpointKeeper } from '../ports/checkpoint.js';
import type { Clock } from '../ports/clock.js';
import type { ErpAccounts, ErpConnector } from '../ports/erp.js';
import type { EventBus } from '../ports/event-bus.js';
import type { EventStore } from '../ports/event-store.js';
import { EventStoreRefused, EventStoreUnavailable } from '../ports/event-store.js';
import type { Log } from '../ports/log.js';
import type { MovementSource } from '../ports/movement-source.js';
import type { PostingsBook } from '../ports/postings-book.js';
import type { ValuationBook } from '../ports/valuation-book.js';
import { SummarisingConnector } from '../projections/erp-delivery/summarising-connector.js';
import { BOOKS_FORMAT } from '../queries/reconciliation/books-fold.js';
import type { Config } from './config.js';
import { openErps } from './erps.js';
import { PinoLog } from './log.js';
import { SystemClock } from './system-clock.js';

/** What a process is made of: one adapter for each port, chosen by the configuration and nowhere else. */
export interface Parts {
  readonly log: Log;
  readonly clock: Clock;
  readonly access: KeysFile;
  readonly store: EventStore;
  readonly availability: AvailabilityStore;
  readonly book: ValuationBook;
  readonly postings: PostingsBook;
  /** Of the sums that reconciliations go on from. */
  readonly reconciled: CheckpointKeeper;
  /** Those that this process posts to. */
  readonly erps: readonly ErpConnector[];
  /** Of all that are configured, whether or not this process posts to them. */
  readonly erpAccounts: ErpAccounts;
  /** Undefined when nobody listens. */
  readonly bus: EventBus | undefined;
  /** Undefined when movements come in over HTTP alone. */
  readonly movements: MovementSource | undefined;
  /** In the order of use; closed the other way round. */
  readonly closers: (() => Promise<void>)[];
  /** What was chosen, in words. */
  readonly described: readonly string[];
}

/** A store that was just started, or that starts beside us, gets so long to answer. */
const STORE_PATIENCE_MS = 30_000;
/** It holds a line for every SKU at a location: a start reads what is newer. */
const RECONCILED_KEPT_EVERY_MS = 300_000;
const EMBEDDED_FILE_NAME = 'events.db';

export async function openParts(config: Config, clock: Clock = new SystemClock()): Promise<Parts> {
  mkdirSync(config.dataDir, { recursive: true });
  const log = new PinoLog(config.logLevel);
  const closers: Parts['closers'] = [];
  const access = KeysFile.open(config.keysFile);
  const { store, what } = await openEventStore(config, log, closers);
  closers.push(() => store.close());
  await answers(store, log);
  const availability = openAvailability(config, log);
  closers.push(() => availability.close());
  const book = new MemoryValuationBook(
    new CheckpointFile(join(config.dataDir, 'valuation-book.checkpoint'), ENTRY_FORMAT, log),
  );
  closers.push(() => book.close());
  const postings = new MemoryPostingsBook(
    config.erps.map(({ name }) => name),
    new CheckpointFile(join(config.dataDir, 'postings.checkpoint'), POSTINGS_FORMAT, log),
  );
  closers.push(() => postings.close());
  const reconciled = new RareCheckpoints(
    new CheckpointFile(join(config.dataDir, 'reconciliation.checkpoint'), BOOKS_FORMAT, log),
    RECONCILED_KEPT_EVERY_MS,
  );
  closers.push(() => reconciled.close());
  const { connectors, accounts: erpAccounts } = openErps(config, log);
  // Also where nothing is summed any more: what was is found by its entry.
  const erps = connectors.map((erp) => {
    const { summarise } = config.erps.find(({ name }) => name === erp.name) ?? {};
    return new SummarisingConnector(erp, store, clock, summarise?.period ?? null);
  });
  for (const erp of erps) closers.push(() => erp.close());
  const bus = config.natsUrl === undefined ? undefined : new NatsEventBus({ url: config.natsUrl });
  if (bus !== undefined) closers.push(() => bus.close());
  const movements = openMovementSource(config, clock, log);
  const described = [
    what,
    `read model: ${availability.source}`,
    `bus: ${bus === undefined ? 'none' : 'NATS'}`,
    `ERP: ${erps.length === 0 ? 'none' : erps.map(({ name }) => name).join(', ')}`,
  ];
  return {
    log,
    clock,
    access,
    store,
    availability,
    book,
    postings,
    reconciled,
    erps,
    erpAccounts,
    bus,
    movements,
    closers,
    described,
  };
}

async function openEventStore(config: Config, log: Log, closers: Parts['closers']) {
  const { eventStoreUrl: url, eventStoreNamespace: namespace } = config;
  if (url !== undefined) {
    const store = new EventStoreDbEventStore({ url });
    const what = 'event store: as EVENTSTORE_URL says';
    if (namespace === undefined) return { store, what };
    return { store: new NamespacedEventStore(store, namespace), what: `${what}, namespace ${namespace}` };
  }
  const node = await EmbeddedNodeProcess.start({ dataDir: config.dataDir, log });
  closers.push(() => node.stop());
  const what = `event store: embedded, ${join(config.dataDir, EMBEDDED_FILE_NAME)}`;
  return { store: new EventStoreDbEventStore({ url: node.url }), what };
}

function openAvailability(config: Config, log: Log): AvailabilityStore {
  if (config.redisUrl !== undefined) return new RedisAvailabilityStore(config.redisUrl, config.redisPrefix);
  return new MemoryAvailabilityStore(
    new AvailabilityCheckpointFile(join(config.dataDir, 'availability.checkpoint'), log),
  );
}

function openMovementSource({ roles, natsUrl }: Config, clock: Clock, log: Log): MovementSource | undefined {
  return roles.has('api') && natsUrl !== undefined ? new NatsMovementSource({ url: natsUrl }, clock, log) : undefined;
}

/** Waits for the store's first answer, so that a service that cannot write never looks as if it could. */
async function answers(store: EventStore, log: Log): Promise<void> {
  let said = false;
  const deadline = Date.now() + STORE_PATIENCE_MS;
  while (true) {
    try {
      await store.identity();
      return;
    } catch (error) {
      const mayPass = error instanceof EventStoreUnavailable && !(error instanceof EventStoreRefused);
      if (!mayPass || Date.now() > deadline) throw error;
      if (!said) log.warn('waiting for the event store', { error: error.message, forMs: STORE_PATIENCE_MS });
      said = true;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
