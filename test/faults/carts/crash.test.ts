import { beforeEach, describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import type { RequestedChange } from '../../../src/commands/reservation/requested-change.js';
import { Rejected } from '../../../src/domain/rejected.js';
import type { CartRequest } from '../../../src/domain/reservation/process/request.js';
import type { Reservation } from '../../../src/domain/reservation/reservation.js';
import { addressOf } from '../../../src/domain/reservation/reservation-id.js';
import { stateAt } from '../../../src/domain/stock/decide.js';
import { type LocationId, type Sku, stockStream } from '../../../src/domain/values/identifiers.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { at, id, receipt } from '../../support/given-stock.js';
import { DyingStore } from './dying-store.js';
import { cart, Instance } from './instance.js';

const SKUS = ['MUG', 'BOWL', 'LAMP'];
const LOCATIONS = ['A', 'B', 'C'];
const PLACES = SKUS.flatMap((sku) =>
  LOCATIONS.map((location) => ({ sku: sku as Sku, location: location as LocationId })),
);
const START_AT = at('12:00');
const GRACE_MS = 5_001;

let store: MemoryEventStore;
let clock: FixedClock;

beforeEach(() => freshShop());

/** Four of everything everywhere. */
async function freshShop(): Promise<void> {
  store = new MemoryEventStore();
  clock = new FixedClock(START_AT);
  const { stock } = new Instance(store, clock);
  for (const place of PLACES) {
    const command = { type: 'record-movement', movement: receipt(4, '08:00', { id: id('opening') }) } as const;
    await stock.execute(stockStream(place), command, { actor: 'store', correlationId: 'r' });
  }
}

/** Holds that live now, as `SKU@LOCATION quantity`, confirmed ones with a star. */
async function heldNow(): Promise<readonly string[]> {
  const { stock } = new Instance(store, clock);
  const held: string[] = [];
  for (const place of PLACES) {
    await stock.read(stockStream(place), ({ state }) => {
      for (const [, hold] of stateAt(state, clock.now()).holds.entries()) {
        held.push(`${place.sku}@${place.location} ${hold.quantity}${hold.expiresAt === null ? '*' : ''}`);
      }
    });
  }
  return held.sort();
}

/** What a caller does to one reservation: reserve it, then change it. */
interface Story {
  readonly request: CartRequest | readonly [sku: string, location: string, quantity: number];
  readonly changes: readonly RequestedChange[];
  /** When nothing crashes. */
  readonly holds: readonly string[];
}

const REFERENCE = 'order-1';
const three = cart(REFERENCE, [
  ['MUG', 1, 'A'],
  ['BOWL', 2, 'B'],
  ['LAMP', 3, 'C'],
]);
const open = cart(REFERENCE, [
  ['MUG', 3, 'A', 'B', 'C'],
  ['LAMP', 1, 'B', 'C'],
]);
const split = cart(REFERENCE, [['MUG', 9, 'A', 'B', 'C'] as const, ['BOWL', 1, 'A'] as const], { split: true });
const tooMuch = cart(REFERENCE, [
  ['MUG', 1, 'A'],
  ['BOWL', 2, 'B'],
  ['LAMP', 5, 'C'],
]);
const partial = cart(REFERENCE, [['MUG', 9, 'A'] as const, ['BOWL', 1, 'A'] as const], { partial: true });

const STORIES: Readonly<Record<string, Story>> = {
  'is held': { request: three, changes: [], holds: ['BOWL@B 2', 'LAMP@C 3', 'MUG@A 1'] },
  'is refused': { request: tooMuch, changes: [], holds: [] },
  'is held in part': { request: partial, changes: [], holds: ['BOWL@A 1', 'MUG@A 4'] },
  'is sourced': { request: open, changes: [], holds: ['LAMP@B 1', 'MUG@A 3'] },
  'is split': { request: split, changes: [], holds: ['BOWL@A 1', 'MUG@A 4', 'MUG@B 4', 'MUG@C 1'] },
  'is confirmed': { request: three, changes: [{ kind: 'confirm' }], holds: ['BOWL@B 2*', 'LAMP@C 3*', 'MUG@A 1*'] },
  'is cancelled': { request: three, changes: [{ kind: 'confirm' }, { kind: 'cancel' }], holds: [] },
  'is extended': {
    request: three,
    changes: [{ kind: 'extend', id: id('x'), ttlSeconds: 3_600 }],
    holds: ['BOWL@B 2', 'LAMP@C 3', 'MUG@A 1'],
  },
  'is handed over in part': {
    request: three,
    changes: [
      { kind: 'confirm' },
      {
        kind: 'fulfil',
        id: id('f'),
        wanted: [
          { sku: 'LAMP' as Sku, quantity: 2 },
          { sku: 'MUG' as Sku, quantity: 1 },
        ],
      },
    ],
    holds: ['BOWL@B 2*', 'LAMP@C 1*'],
  },
  'is moved': {
    request: three,
    changes: [{ kind: 'move', id: id('m'), line: 1, to: 'C' as LocationId }],
    holds: ['BOWL@C 2', 'LAMP@C 3', 'MUG@A 1'],
  },
  'is moved once confirmed': {
    request: three,
    changes: [{ kind: 'confirm' }, { kind: 'move', id: id('m'), line: 1, to: 'C' as LocationId }],
    holds: ['BOWL@C 2*', 'LAMP@C 3*', 'MUG@A 1*'],
  },
  'is turned down': {
    request: open,
    changes: [{ kind: 'confirm' }, { kind: 'refuse', id: id('r'), location: 'B' as LocationId }],
    holds: ['LAMP@C 1*', 'MUG@A 3*'],
  },
  'of one line is moved': {
    request: ['MUG', 'A', 2],
    changes: [{ kind: 'move', id: id('m'), line: 0, to: 'B' as LocationId }, { kind: 'confirm' }],
    holds: ['MUG@B 2*'],
  },
};

async function tell(instance: Instance, { request, changes }: Story): Promise<Reservation | Rejected> {
  let answer = 'lines' in request ? await instance.reserve(request) : await instance.reserveOne(REFERENCE, ...request);
  if (answer instanceof Rejected) return answer;
  const reservation = answer.id;
  for (const change of changes) answer = await instance.change(reservation, change);
  return answer;
}

/** Tells the story to a process that dies at its n-th append; gives whether it got that far. */
async function tellUntilDeath(story: Story, lives: number, lastIsWritten: boolean): Promise<boolean> {
  const dying = new DyingStore(store, lives, lastIsWritten);
  await tell(new Instance(dying, clock), story).catch((error: unknown) => {
    if (!dying.isDead) throw error;
  });
  return dying.isDead;
}

/** Every crash of a story, before and after the append at which it happens. */
async function atEveryCrash(story: Story, then: (crash: string) => Promise<void>): Promise<void> {
  for (const lastIsWritten of [false, true]) {
    for (let lives = 0; ; lives += 1) {
      await freshShop();
      if (!(await tellUntilDeath(story, lives, lastIsWritten))) break;
      await then(`at append ${lives}, ${lastIsWritten ? 'written' : 'not written'}`);
    }
  }
}

async function projectorRuns(): Promise<Instance> {
  const instance = new Instance(store, clock);
  await instance.follow();
  clock.set(clock.now() + GRACE_MS);
  await instance.recover();
  return instance;
}

/** The reservation if there is one, and whether what lives in the stock streams is exactly what it says. */
async function reservationIsWhole(instance: Instance, story: Story, crash: string): Promise<void> {
  const address = addressOf('lines' in story.request ? 'mb3JkZXItMQ' : singleId(story.request));
  if (address === undefined) throw new Error('The id of the story is wrong.');
  const { reservation } = (await instance.reader.read(address)) ?? {};
  const held = await heldNow();
  const isHeld = reservation !== undefined && ['held', 'confirmed', 'partly-fulfilled'].includes(reservation.status);
  if (reservation?.status === 'pending') throw new Error(`${crash}: still pending`);
  if (!isHeld) return expect({ crash, held }).toEqual({ crash, held: [] });
  const expected = reservation.status === 'partly-fulfilled' ? held.length : reservation.lines.length;
  expect({ crash, holds: held.length }).toEqual({ crash, holds: expected });
  const confirmed = held.filter((hold) => hold.endsWith('*')).length;
  expect({ crash, confirmed }).toEqual({ crash, confirmed: reservation.status === 'held' ? 0 : held.length });
}

const singleId = ([sku, location]: readonly [string, string, number]): string =>
  `s${Buffer.from(`${sku}@${location}@${REFERENCE}`).toString('base64url')}`;

describe.each(Object.entries(STORIES))('a reservation that %s', (_, story) => {
  it('holds what it should when nothing crashes', async () => {
    await tell(new Instance(store, clock), story);
    expect(await heldNow()).toEqual(story.holds);
  });

  it('is whole or not there once somebody has recovered it, at whatever append its process died', () =>
    atEveryCrash(story, async (crash) => reservationIsWhole(await projectorRuns(), story, crash)));

  it('ends as if nothing had happened when its caller tries again elsewhere', () =>
    atEveryCrash(story, async (crash) => {
      clock.set(clock.now() + GRACE_MS);
      const answer = await tell(new Instance(store, clock), story);
      expect({ crash, held: await heldNow(), answer }).toMatchObject({ crash, held: story.holds });
    }));

  it('ends as if nothing had happened when its caller tries again after the recovery', () =>
    atEveryCrash(story, async (crash) => {
      await projectorRuns();
      await tell(new Instance(store, clock), story);
      expect({ crash, held: await heldNow() }).toEqual({ crash, held: story.holds });
    }));

  it('holds nothing after its time unless it was confirmed', () =>
    atEveryCrash(story, async (crash) => {
      const instance = await projectorRuns();
      clock.set(START_AT + 4_000_000);
      const held = await heldNow();
      expect({ crash, unconfirmed: held.filter((hold) => !hold.endsWith('*')) }).toEqual({ crash, unconfirmed: [] });
      await reservationIsWhole(instance, story, crash);
    }));

  it('is whole or not there when nobody comes for longer than it was to live', () =>
    atEveryCrash(story, async (crash) => {
      clock.set(START_AT + 4_000_000);
      await reservationIsWhole(await projectorRuns(), story, crash);
    }));

  it.each([1, 2, 3, 5])('survives a recovery that dies as well, after %i appends', (lives) =>
    atEveryCrash(story, async (crash) => {
      const dying = new Instance(new DyingStore(store, lives), clock);
      await dying.follow();
      clock.set(clock.now() + GRACE_MS);
      await dying.recover().catch(() => undefined);
      await reservationIsWhole(await projectorRuns(), story, crash);
    }),
  );
});
