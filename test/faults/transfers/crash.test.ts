import { describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { decodeTransferEvent } from '../../../src/domain/transfer/codec.js';
import { evolve, NO_TRANSFER } from '../../../src/domain/transfer/state.js';
import { nextStep } from '../../../src/domain/transfer/steps.js';
import { nameOf } from '../../../src/domain/values/event-id.js';
import type { ClientId, StockKey } from '../../../src/domain/values/identifiers.js';
import type { EventStore } from '../../../src/ports/event-store.js';
import { RecoveryProjection } from '../../../src/projections/recovery/recovery-projection.js';
import { transferRecovery } from '../../../src/projections/recovery/transfer-recovery.js';
import type { Caller } from '../../../src/streams/stream-kind.js';
import { received } from '../../domain/valuation/movements.js';
import { at, eventsOf, settle } from '../../projections-valuation/shop.js';
import { TransferDesk } from '../../support/transfer-desk.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const CLOCK = { now: () => NOON };
const PLACES: readonly StockKey[] = ['DEPOT', 'STORE'].flatMap((location) => [
  at('MUG', location),
  at('CUP', location),
]);

/** A store whose process dies at an append: before it is written, or after it and before anybody hears of it. */
class MortalStore extends MemoryEventStore {
  appends = 0;
  dies: { readonly at: number; readonly written: boolean } | undefined;
  private isDead = false;

  override async append(...append: Parameters<EventStore['append']>) {
    this.appends += 1;
    const diesNow = this.appends === this.dies?.at;
    if (diesNow && this.dies?.written) await super.append(...append);
    this.isDead ||= diesNow;
    if (this.isDead) throw new Error('the process died');
    return super.append(...append);
  }

  /** Another process finds what is there. */
  revive(): void {
    this.isDead = false;
    this.dies = undefined;
  }
}

/** Everything that is asked of the desk, in order; the first two only fill the shelves. */
const REQUESTS: readonly ((desk: TransferDesk) => Promise<unknown>)[] = [
  (desk) => desk.record(at('MUG', 'DEPOT'), { ...received(10, '2.00'), id: 'm-1' as ClientId }),
  (desk) => desk.record(at('CUP', 'DEPOT'), { ...received(2, '1.00'), id: 'm-2' as ClientId }),
  (desk) => desk.dispatch('t-1', 'DEPOT', 'STORE', { MUG: 6, CUP: 4 }, NOON + 3_600_000),
  (desk) => desk.receive('t-1', 'r-1', { MUG: 2, CUP: 5 }),
  (desk) => desk.receive('t-1', 'r-2', { MUG: 1 }, { disposition: 'damaged', closes: true }),
  (desk) => desk.receive('t-1', 'r-3', { MUG: 1 }),
];

async function ask(desk: TransferDesk, from: number): Promise<number> {
  for (const [index, request] of REQUESTS.entries()) {
    if (index < from) continue;
    try {
      await request(desk);
    } catch {
      return index;
    }
  }
  return REQUESTS.length;
}

const recover = (store: EventStore) => {
  const { process } = new TransferDesk(store, CLOCK);
  return settle(
    store,
    new RecoveryProjection(
      store,
      transferRecovery((id, caller) => process.finish(id, caller)),
      CLOCK,
      0,
    ),
  );
};

/** All that anybody could see afterwards. */
async function endOf(store: EventStore) {
  const desk = new TransferDesk(store, CLOCK);
  const stock = await Promise.all(
    PLACES.map(async (key) => {
      const { onHand, supplies } = await desk.stateOf(key);
      const streamed = await eventsOf(store, `stock-${key.sku}@${key.location}`);
      return { key, onHand, open: [...supplies.open], events: streamed.map(({ id }) => nameOf(id)).sort() };
    }),
  );
  const transfer = (await eventsOf(store, 'transfer-t-1')).map(({ id }) => nameOf(id)).sort();
  return { stock, transfer };
}

async function stepOpenIn(store: EventStore) {
  const events = await eventsOf(store, 'transfer-t-1');
  return nextStep(events.map(decodeTransferEvent).reduce(evolve, NO_TRANSFER));
}

async function undisturbed(): Promise<{ store: MortalStore; appends: number }> {
  const store = new MortalStore();
  await ask(new TransferDesk(store, CLOCK), 0);
  return { store, appends: store.appends };
}

describe.each([
  ['before it is written', false],
  ['after it is written', true],
])('a process that dies at an append, %s', (_, written) => {
  it('leaves nothing that recovery does not finish, and the same end once the request is sent again', async () => {
    const { store: model, appends } = await undisturbed();
    const expected = await endOf(model);
    expect(appends).toBeGreaterThan(15);
    for (let at = 1; at <= appends; at += 1) {
      const store = new MortalStore();
      store.dies = { at, written };
      const failed = await ask(new TransferDesk(store, CLOCK), 0);
      expect(failed).toBeLessThan(REQUESTS.length);
      store.revive();
      await recover(store);
      expect(await stepOpenIn(store)).toBeUndefined();
      const end = await store.head(['transfer-', 'stock-']);
      await recover(store);
      expect(await store.head(['transfer-', 'stock-'])).toBe(end);
      expect(await ask(new TransferDesk(store, CLOCK), failed)).toBe(REQUESTS.length);
      expect(await endOf(store)).toEqual(expected);
    }
  });

  it('is finished by the repeated request as well, without waiting for recovery', async () => {
    const { store: model, appends } = await undisturbed();
    const expected = await endOf(model);
    for (let at = 1; at <= appends; at += 1) {
      const store = new MortalStore();
      store.dies = { at, written };
      const failed = await ask(new TransferDesk(store, CLOCK), 0);
      store.revive();
      expect(await ask(new TransferDesk(store, CLOCK), failed)).toBe(REQUESTS.length);
      expect(await endOf(store)).toEqual(expected);
    }
  });
});

describe('recovery', () => {
  it('lets whoever has begun a step end it first, and then ends it on their behalf', async () => {
    const store = new MortalStore();
    let now = NOON;
    const clock = { now: () => now };
    store.dies = { at: 4, written: false };
    await ask(new TransferDesk(store, CLOCK), 0);
    store.revive();

    const { process } = new TransferDesk(store, clock);
    const finish = (id: ClientId, caller: Caller) => process.finish(id, caller);
    const recovery = new RecoveryProjection(store, transferRecovery(finish), clock, 5_000);
    await recovery.start();
    const events = await eventsOf(store, 'transfer-t-1');
    await recovery.handle({ events, position: events.at(-1)?.position ?? 0n, live: true });
    now += 4_999;
    await recovery.idle();
    expect((await stepOpenIn(store))?.kind).toBe('dispatch');
    now += 1;
    await recovery.idle();
    expect(await stepOpenIn(store)).toBeUndefined();
    const dispatched = (await eventsOf(store, 'stock-MUG@DEPOT')).at(-1);
    expect(dispatched).toMatchObject({ type: 'Dispatched', metadata: { actor: 'store', correlationId: 'trial' } });
  });

  it('by two at once tells everything once', async () => {
    const store = new MortalStore();
    store.dies = { at: 3, written: true };
    await ask(new TransferDesk(store, CLOCK), 0);
    store.revive();
    await Promise.all([recover(store), recover(store)]);
    const types = async (stream: string) => (await eventsOf(store, stream)).map(({ type }) => type);
    expect(await types('transfer-t-1')).toEqual(['Requested', 'Dispatched']);
    expect(await types('stock-MUG@DEPOT')).toEqual(['Received', 'Dispatched']);
    expect(await types('stock-MUG@STORE')).toEqual(['SupplyScheduled']);
  });

  it('starts anew before what stands open', async () => {
    const store = new MortalStore();
    store.dies = { at: 4, written: false };
    await ask(new TransferDesk(store, CLOCK), 0);
    store.revive();
    await new TransferDesk(store, CLOCK).dispatch('t-2', 'DEPOT', 'STORE', { MUG: 1 });
    const patient = new RecoveryProjection(
      store,
      transferRecovery(async () => {}),
      CLOCK,
      5_000,
    );
    await settle(store, patient);
    expect((await stepOpenIn(store))?.kind).toBe('dispatch');
    await recover(store);
    expect(await stepOpenIn(store)).toBeUndefined();
  });
});
