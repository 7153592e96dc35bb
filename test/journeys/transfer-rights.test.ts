import 'reflect-metadata';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MemoryEventStore } from '../../src/adapters/event-store/memory/memory-event-store.js';
import { createHttpServer } from '../../src/app/http-server.js';
import { ExpectSupplyHandler } from '../../src/commands/expect-supply.js';
import { DispatchTransferHandler } from '../../src/commands/transfer/dispatch-transfer.js';
import { ReceiveTransferHandler } from '../../src/commands/transfer/receive-transfer.js';
import { TransferProcess } from '../../src/commands/transfer/transfer-process.js';
import type { LocationId } from '../../src/domain/values/identifiers.js';
import { SuppliesController } from '../../src/http/controllers/supplies.controller.js';
import { TransfersController } from '../../src/http/controllers/transfers.controller.js';
import { ServiceMetrics } from '../../src/http/metrics.js';
import { Access, type Principal } from '../../src/ports/access.js';
import { SupplyByIdHandler } from '../../src/queries/supply-by-id.js';
import { TransferByIdHandler } from '../../src/queries/transfer-by-id.js';
import { StockTransactor, stockStreams } from '../../src/streams/stock-streams.js';
import { TransferTransactor, transferStreams } from '../../src/streams/transfer-streams.js';
import { QUIET } from '../projections-valuation/shop.js';

/** Everybody's key is the name of their one location. */
class OneLocationEach extends Access {
  override principalOf(token: string): Principal {
    const locations = new Set([token as LocationId]);
    return { name: token, scopes: new Set(['availability:read', 'movements:write']), locations };
  }
}

let app: NestFastifyApplication;
beforeAll(async () => {
  const store = new MemoryEventStore();
  const clock = { now: () => Date.UTC(2026, 10, 20, 12) };
  const options = { soleWriter: true };
  const providers = [
    { provide: Access, useClass: OneLocationEach },
    { provide: StockTransactor, useValue: new StockTransactor(stockStreams, store, clock, options) },
    { provide: TransferTransactor, useValue: new TransferTransactor(transferStreams, store, clock, options) },
    TransferProcess,
    DispatchTransferHandler,
    ReceiveTransferHandler,
    ExpectSupplyHandler,
    TransferByIdHandler,
    SupplyByIdHandler,
  ];
  app = await createHttpServer([TransfersController, SuppliesController], providers, new ServiceMetrics(), QUIET);
});
afterAll(() => app.close());

type Method = 'GET' | 'POST' | 'PUT' | 'DELETE';

async function ask(who: string, method: Method, url: string, payload?: object) {
  const headers = { authorization: `Bearer ${who}` };
  const answer = await app.inject({ method, url, headers, ...(payload === undefined ? {} : { payload }) });
  return { status: answer.statusCode, body: answer.json() };
}

const transfer = (id: string) => ({ id, from: 'DEPOT', to: 'STORE', lines: [{ sku: 'MUG', quantity: 2 }] });
const receipt = { id: 'r-1', lines: [{ sku: 'MUG', quantity: 1 }] };
const foreign = (location: string) => ({ status: 403, body: { code: 'foreign-location', location } });
const unknown = { status: 404, body: { code: 'unknown-transfer' } };

describe('a transfer', () => {
  it('is sent by its source alone', async () => {
    expect(await ask('STORE', 'POST', '/v1/transfers', transfer('t-1'))).toMatchObject(foreign('DEPOT'));
    expect(await ask('KIOSK', 'POST', '/v1/transfers', transfer('t-1'))).toMatchObject(foreign('DEPOT'));
    expect(await ask('DEPOT', 'GET', '/v1/transfers/t-1')).toMatchObject(unknown);
    expect(await ask('DEPOT', 'POST', '/v1/transfers', transfer('t-1'))).toMatchObject({ status: 201 });
  });

  it('is read by both its ends, and by nobody else', async () => {
    await ask('DEPOT', 'POST', '/v1/transfers', transfer('t-2'));
    expect(await ask('DEPOT', 'GET', '/v1/transfers/t-2')).toMatchObject({ status: 200, body: { id: 't-2' } });
    expect(await ask('STORE', 'GET', '/v1/transfers/t-2')).toMatchObject({ status: 200, body: { id: 't-2' } });
    expect(await ask('KIOSK', 'GET', '/v1/transfers/t-2')).toMatchObject(unknown);
  });

  it('is received by its destination alone; a stranger learns nothing of it', async () => {
    await ask('DEPOT', 'POST', '/v1/transfers', transfer('t-3'));
    expect(await ask('DEPOT', 'POST', '/v1/transfers/t-3/receipts', receipt)).toMatchObject(foreign('STORE'));
    expect(await ask('KIOSK', 'POST', '/v1/transfers/t-3/receipts', receipt)).toMatchObject(unknown);
    expect(await ask('STORE', 'GET', '/v1/transfers/t-3')).toMatchObject({ body: { lines: [{ received: 0 }] } });
    const received = await ask('STORE', 'POST', '/v1/transfers/t-3/receipts', receipt);
    expect(received).toMatchObject({ status: 200, body: { lines: [{ received: 1 }] } });
  });
});

describe('an expected receipt', () => {
  const path = '/v1/supplies/CUP/STORE/po-1';
  const order = { quantity: 5, dueAt: '2031-05-01T08:00:00Z' };

  it('is announced, read and cancelled by its location alone', async () => {
    expect(await ask('DEPOT', 'PUT', path, order)).toMatchObject(foreign('STORE'));
    expect(await ask('STORE', 'PUT', path, order)).toMatchObject({ status: 200, body: { open: 5 } });
    expect(await ask('DEPOT', 'GET', path)).toMatchObject({ status: 404, body: { code: 'unknown-supply' } });
    expect(await ask('DEPOT', 'DELETE', path)).toMatchObject(foreign('STORE'));
    expect(await ask('STORE', 'GET', path)).toMatchObject({ status: 200, body: { open: 5 } });
  });
});
