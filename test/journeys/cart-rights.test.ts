import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { createHttpServer } from '../../src/app/http-server.js';
import { CartDesk } from '../../src/commands/reservation/cart-desk.js';
import { ChangeReservationHandler } from '../../src/commands/reservation/change-reservation.js';
import { ReserveCartHandler } from '../../src/commands/reservation/reserve-cart.js';
import { ReserveHoldHandler } from '../../src/commands/reservation/reserve-hold.js';
import { SetFulfilmentGroupHandler } from '../../src/commands/set-fulfilment-group.js';
import { type LocationId, type Sku, stockStream } from '../../src/domain/values/identifiers.js';
import { FulfilmentGroupsController } from '../../src/http/controllers/fulfilment-groups.controller.js';
import { ReservationsController } from '../../src/http/controllers/reservations.controller.js';
import { ServiceMetrics } from '../../src/http/metrics.js';
import { Access, type Principal } from '../../src/ports/access.js';
import { AvailabilityStore, ReadModelUnavailable } from '../../src/ports/availability-store.js';
import { EventStore } from '../../src/ports/event-store.js';
import { ReservationByIdHandler } from '../../src/queries/reservation-by-id.js';
import { ReservationsByReferenceHandler } from '../../src/queries/reservations-by-reference.js';
import { FulfilmentTransactor, fulfilmentStreams } from '../../src/streams/fulfilment-streams.js';
import { ReservationReader } from '../../src/streams/reservation-reader.js';
import { ReservationTransactor, reservationStreams } from '../../src/streams/reservation-streams.js';
import { StockTransactor, stockStreams } from '../../src/streams/stock-streams.js';
import { QUIET } from '../projections-valuation/shop.js';
import { FixedClock } from '../support/fixed-clock.js';
import { at, id, receipt } from '../support/given-stock.js';

/** Everybody's key is the names of their locations, `all` for every one. */
class LocationsAsKey extends Access {
  override principalOf(token: string): Principal {
    const locations = token === 'all' ? '*' : new Set(token.split('+') as LocationId[]);
    return { name: token, scopes: new Set(['availability:read', 'reservations:write', 'policies:write']), locations };
  }
}

/** The read model is away. */
const noModel = {
  read: () => Promise.reject(new ReadModelUnavailable('away')),
  progress: () => Promise.reject(new ReadModelUnavailable('away')),
  reservationsUnder: () => Promise.reject(new ReadModelUnavailable('away')),
} as unknown as AvailabilityStore;

let app: NestFastifyApplication;
beforeAll(async () => {
  const store = new MemoryEventStore();
  const clock = new FixedClock(at('12:00'));
  const options = { soleWriter: true };
  const stock = new StockTransactor(stockStreams, store, clock, options);
  const carts = new ReservationTransactor(reservationStreams, store, clock, options);
  const reader = new ReservationReader(stock, carts, clock);
  const metrics = new ServiceMetrics();
  const providers = [
    { provide: ServiceMetrics, useValue: metrics },
    { provide: Access, useClass: LocationsAsKey },
    { provide: AvailabilityStore, useValue: noModel },
    { provide: EventStore, useValue: store },
    { provide: StockTransactor, useValue: stock },
    { provide: FulfilmentTransactor, useValue: new FulfilmentTransactor(fulfilmentStreams, store, clock, options) },
    { provide: ReservationReader, useValue: reader },
    { provide: CartDesk, useValue: new CartDesk(stock, carts, reader, noModel, clock) },
    ReserveHoldHandler,
    ReserveCartHandler,
    ChangeReservationHandler,
    SetFulfilmentGroupHandler,
    ReservationByIdHandler,
    ReservationsByReferenceHandler,
  ];
  const controllers = [ReservationsController, FulfilmentGroupsController];
  app = await createHttpServer(controllers, providers, metrics, QUIET);
  for (const location of ['A', 'B', 'C'] as LocationId[]) {
    for (const sku of ['MUG', 'BOWL'] as Sku[]) {
      const movement = receipt(50, '08:00', { id: id('opening') });
      const by = { actor: 'store', correlationId: 'r' };
      await stock.execute(stockStream({ sku, location }), { type: 'record-movement', movement }, by);
    }
  }
});
afterAll(() => app.close());

async function ask(who: string, method: 'GET' | 'POST' | 'PUT', url: string, payload?: object) {
  const headers = { authorization: `Bearer ${who}` };
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

const reserve = (who: string, reference: string, ...lines: object[]) =>
  ask(who, 'POST', '/v1/reservations', { reference, lines, ttlSeconds: 60 });
const foreign = (location: string) => ({ status: 403, body: { code: 'foreign-location', location } });
const unknown = { status: 404, body: { code: 'unknown-reservation' } };
const overAandB = async (reference: string) => {
  const lines = [
    { sku: 'MUG', location: 'A', quantity: 1 },
    { sku: 'BOWL', location: 'B', quantity: 2 },
  ];
  return (await reserve('all', reference, ...lines)).body.id;
};

describe('somebody who has some of the locations', () => {
  it('reserves only at those, and sources only from those', async () => {
    expect(await reserve('A', 'r-1', { sku: 'MUG', location: 'B', quantity: 1 })).toMatchObject(foreign('B'));
    const named = { sku: 'MUG', locations: ['A', 'B'], quantity: 1 };
    expect(await reserve('A', 'r-2', named)).toMatchObject(foreign('B'));
    await ask('all', 'PUT', '/v1/fulfilment-groups/all', { locations: ['B', 'A', 'C'] });
    expect(await reserve('A+C', 'r-3', { sku: 'MUG', group: 'all', quantity: 1 })).toMatchObject({
      status: 201,
      body: { lines: [{ location: 'A' }] },
    });
    expect(await reserve('NOWHERE', 'r-4', { sku: 'MUG', group: 'all', quantity: 1 })).toMatchObject({
      status: 409,
      body: { code: 'insufficient', lines: [{ available: 0 }] },
    });
  });

  it('sets and sees only their part of a group', async () => {
    expect(await ask('A', 'PUT', '/v1/fulfilment-groups/mine', { locations: ['A', 'B'] })).toMatchObject(foreign('B'));
    expect((await ask('A', 'GET', '/v1/fulfilment-groups/all')).body).toMatchObject({ locations: ['A'] });
  });

  it('sees only their lines of a cart, and nothing of one that is all elsewhere', async () => {
    const cart = await overAandB('r-5');
    const path = `/v1/reservations/${cart}`;
    expect((await ask('B', 'GET', path)).body.lines).toEqual([{ sku: 'BOWL', location: 'B', quantity: 2 }]);
    expect((await ask('B', 'GET', '/v1/reservations?reference=r-5')).body.lines).toHaveLength(1);
    expect(await ask('C', 'GET', path)).toMatchObject(unknown);
    expect(await ask('C', 'GET', '/v1/reservations?reference=r-5')).toMatchObject(unknown);
    expect(await ask('C', 'POST', `${path}/confirm`, {})).toMatchObject(unknown);
  });

  it('decides on a whole cart only when all of it is theirs', async () => {
    const path = `/v1/reservations/${await overAandB('r-6')}`;
    expect(await ask('A', 'POST', `${path}/confirm`, {})).toMatchObject(foreign('B'));
    expect(await ask('A', 'POST', `${path}/cancel`, {})).toMatchObject(foreign('B'));
    expect(await ask('A', 'POST', `${path}/extend`, { id: 'x', ttlSeconds: 60 })).toMatchObject(foreign('B'));
    expect(await ask('A', 'POST', `${path}/fulfil`, { id: 'x' })).toMatchObject(foreign('B'));
    expect(await ask('A+B', 'POST', `${path}/confirm`, {})).toMatchObject({ status: 200 });
  });

  it('hands over and turns down what lies with them', async () => {
    const path = `/v1/reservations/${await overAandB('r-7')}`;
    const parcel = (sku: string) => ({ id: `p-${sku}`, lines: [{ sku, quantity: 1 }] });
    expect(await ask('B', 'POST', `${path}/fulfil`, parcel('BOWL'))).toMatchObject({ status: 200 });
    expect(await ask('B', 'POST', `${path}/fulfil`, parcel('MUG'))).toMatchObject({ status: 409 });
    expect(await ask('B', 'POST', `${path}/refuse`, { id: 'x', location: 'A' })).toMatchObject(foreign('A'));
    expect(await ask('B', 'POST', `${path}/move`, { id: 'x', line: 0, to: 'A' })).toMatchObject(foreign('A'));
    expect(await ask('B+C', 'POST', `${path}/move`, { id: 'y', line: 0, to: 'C' })).toMatchObject({
      status: 200,
      body: { lines: [{ sku: 'BOWL', location: 'C', quantity: 1 }] },
    });
  });

  it('turns down a line that others may serve, wherever those are', async () => {
    const open = { sku: 'MUG', locations: ['B', 'C'], quantity: 1 };
    const { body } = await reserve('all', 'r-8', open);
    for (const _ of ['first', 'again']) {
      expect(await ask('B', 'POST', `/v1/reservations/${body.id}/refuse`, { id: 'x', location: 'B' })).toMatchObject({
        status: 200,
        body: { lines: [] },
      });
    }
    expect((await ask('all', 'GET', `/v1/reservations/${body.id}`)).body.lines).toMatchObject([{ location: 'C' }]);
  });
});

describe('without the read model', () => {
  it('a cart is found by its reference, and single lines are not known to be absent', async () => {
    await overAandB('r-9');
    expect(await ask('all', 'GET', '/v1/reservations?reference=r-9')).toMatchObject({ status: 200 });
    expect(await ask('all', 'GET', '/v1/reservations?reference=r-10')).toMatchObject({
      status: 503,
      body: { code: 'unavailable' },
    });
  });
});
