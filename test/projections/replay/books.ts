import { MemoryAvailabilityStore } from '../../../src/adapters/availability-store/memory/memory-availability-store.js';
import { RareCheckpoints } from '../../../src/adapters/rare-checkpoints.js';
import { StartReplay, StartReplayHandler } from '../../../src/commands/postings/start-replay.js';
import type { Replay, RulesChange } from '../../../src/domain/replay/replay.js';
import { decodeValued } from '../../../src/domain/valuation/codec.js';
import type { JournalLine, Posting } from '../../../src/domain/valuation/events.js';
import type { StockKey } from '../../../src/domain/values/identifiers.js';
import { valuationStream } from '../../../src/domain/values/identifiers.js';
import { type ErpAccounts, type ErpConnector, ErpConnectors } from '../../../src/ports/erp.js';
import type { EventStore } from '../../../src/ports/event-store.js';
import { ErpGate } from '../../../src/projections/erp-delivery/erp-gate.js';
import { ReplayProjection } from '../../../src/projections/replay/replay-projection.js';
import { ReplayRun } from '../../../src/projections/replay/replay-run.js';
import { Reconciliation } from '../../../src/queries/reconciliation/reconciliation.js';
import { readReplay } from '../../../src/streams/replay-streams.js';
import { eventsOf, valuations } from '../../projections-valuation/shop.js';
import { TrialErp } from '../erp-delivery/trial-erp.js';

export const CLOCK = { now: () => Date.UTC(2026, 4, 1, 12) };
export const ROLES = { accounts: { accountOf: (_: string, { role }: JournalLine) => role }, timeZone: 'Europe/London' };
export const EVERYTHING = { from: null, to: null, occurredFrom: null, occurredTo: null, sku: null, location: null };

export const gateOf = (erp = new TrialErp()) => new ErpGate(erp, () => performance.now());
export const replayer = (store: EventStore) => new ReplayProjection(store, gateOf(), CLOCK, ROLES);

export function askFor(
  store: EventStore,
  rules: RulesChange['rules'],
  { dryRun = false, ...range }: Partial<StartReplay['range']> & { readonly dryRun?: boolean } = {},
): Promise<string> {
  const caller = { actor: 'maria', correlationId: 'c-1' };
  const wanted = { kind: 'rules', rules } as const;
  const command = new StartReplay('trial', { ...EVERYTHING, ...range }, dryRun, caller, wanted);
  return new StartReplayHandler(store, CLOCK).execute(command);
}

/** Carries it out as far as it goes. */
export async function carryOut(store: EventStore, id: string): Promise<Replay | undefined> {
  await new ReplayRun(store, gateOf(), CLOCK, id, new AbortController().signal, ROLES).goOn();
  return (await readReplay(store, id))?.replay;
}

export async function replayUnder(...[store, rules, range]: Parameters<typeof askFor>): Promise<Replay | undefined> {
  return carryOut(store, await askFor(store, rules, range));
}

export async function postingsOf(store: EventStore, ...keys: readonly StockKey[]): Promise<Posting[]> {
  const all = await Promise.all(keys.map((key) => valuations(store, key)));
  return all.flat().flatMap(({ postings }) => postings);
}

/** What reconciling anew from the start says of the one ERP. */
export async function reconciled(store: EventStore, connector: ErpConnector, accounts: ErpAccounts) {
  const parts = [new ErpConnectors([connector]), accounts, CLOCK, new RareCheckpoints(undefined, 0)] as const;
  return (await new Reconciliation(store, new MemoryAvailabilityStore(), ...parts).report()).erps[0];
}

/** Of a reconciliation: ledger and deliveries agree, account by account and month by month. */
export const IN_AGREEMENT = {
  state: 'agrees',
  pending: 0,
  accounts: [],
  entries: [],
  strangers: [],
  notBridged: 0,
};

/** What each account holds; those that hold nothing are left out. */
export function balancesOf(postings: readonly Posting[]): Record<string, bigint> {
  const sums = new Map<string, bigint>();
  for (const { lines, currency } of postings) {
    for (const { role, location, amount } of lines) {
      const name = `${role} ${location} ${currency}`;
      sums.set(name, (sums.get(name) ?? 0n) + amount);
    }
  }
  return Object.fromEntries([...sums].filter(([, sum]) => sum !== 0n).sort());
}

export async function worthOf(store: EventStore, key: StockKey) {
  const newest = (await eventsOf(store, valuationStream(key))).at(-1);
  return newest === undefined ? undefined : decodeValued(newest.data).after;
}
