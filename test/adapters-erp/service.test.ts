import { connect } from 'nats';
import { afterEach, describe, expect, it } from 'vitest';
import { startNats } from '../support/nats-server.js';
import { type Answer, ServiceProcess } from '../support/service.js';
import { Ledger, SECRET } from './http/ledger.js';

const closers: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
});

async function aShop(env: Record<string, string>): Promise<ServiceProcess> {
  const shop = await ServiceProcess.start({ LOG_LEVEL: 'error', ...env });
  closers.push(() => shop.remove());
  const at = { sku: 'MUG-1', location: 'LEEDS', occurredAt: '2026-03-02T09:00:00Z' };
  const { status } = await shop.record(
    { ...at, id: 'r-1', type: 'receipt', quantity: 2, unitCost: '1.53', currency: 'GBP' },
    { ...at, id: 's-1', type: 'sale', quantity: 1 },
  );
  expect(status).toBe(200);
  return shop;
}

async function until<Value>(read: () => Promise<Value>, isDone: (value: Value) => boolean): Promise<Value> {
  const deadline = Date.now() + 20_000;
  while (true) {
    const value = await read();
    if (isDone(value) || Date.now() > deadline) return value;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe('the service, by its settings alone', () => {
  it('posts to an HTTP endpoint, and is reconciled with its accounts', async () => {
    const ledger = await Ledger.start();
    closers.push(() => ledger.kill());
    const shop = await aShop({ ERP_CONNECTOR: 'http', ERP_URL: ledger.settings.url, ERP_SECRET: SECRET });
    const { ledger: posted } = await until(
      () => ledger.seen(),
      (seen) => seen.ledger.length >= 2,
    );
    expect(posted.map(({ source, mapping }) => ({ id: source.movementId, mapping }))).toEqual([
      { id: 'r-1', mapping: 'roles-1' },
      { id: 's-1', mapping: 'roles-1' },
    ]);
    const isReconciled = ({ body }: Answer) => body.reconciled;
    const { body } = await until(() => shop.get('/v1/reconciliation', 'auditor'), isReconciled);
    expect(body).toMatchObject({
      reconciled: true,
      erps: [{ connector: 'http', delivered: 2, pending: 0, accounts: [], entries: [] }],
    });
  });

  it('hands postings over to JetStream', async () => {
    const nats = await startNats();
    closers.push(() => nats.kill());
    await aShop({ ERP_CONNECTOR: 'nats', NATS_URL: nats.url });
    const connection = await connect({ servers: nats.url });
    closers.push(() => connection.close());
    const { streams } = await connection.jetstreamManager();
    const count = async () =>
      (await streams.info('STOCKFOLD-POSTINGS-nats').catch(() => undefined))?.state.messages ?? 0;
    expect(await until(count, (messages) => messages >= 2)).toBe(2);
  });
});
