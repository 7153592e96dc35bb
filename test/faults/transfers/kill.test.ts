import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { ServiceProcess } from '../../support/service.js';

const TRANSFERS = 60;
const SKUS = ['MUG', 'CUP', 'JUG'];
/** Recovery begins after some seconds; a machine under load may take longer. */
const PATIENCE = { timeout: 60_000, interval: 200 };

let shop: ServiceProcess;
beforeEach(async () => {
  shop = await ServiceProcess.start();
});
afterEach(() => shop.remove());

const transfer = (number: number) => ({
  id: `t-${number}`,
  from: 'DEPOT',
  to: 'STORE',
  lines: SKUS.map((sku) => ({ sku, quantity: 2 })),
});

/** Sends transfers and receives half of each, until the process is gone. */
async function sendUntilKilled(): Promise<void> {
  const requests = Array.from({ length: TRANSFERS }, async (_, number) => {
    const sent = await shop.post('/v1/transfers', transfer(number));
    if (sent.status !== 201) throw new Error(`status ${sent.status}`);
    const lines = SKUS.map((sku) => ({ sku, quantity: 1 }));
    await shop.post(`/v1/transfers/t-${number}/receipts`, { id: 'r', lines, close: number % 2 === 0 });
  });
  // Dies with some of them answered, some half done and some not even begun.
  await Promise.race([Promise.any(requests), new Promise((resolve) => setTimeout(resolve, 400))]);
  await shop.kill9();
  await Promise.allSettled(requests);
}

/** Units on hand and inbound of each SKU at both ends, as the transfers known to the service explain them. */
async function explained() {
  const ends = { DEPOT: { onHand: 0, inbound: 0 }, STORE: { onHand: 0, inbound: 0 } };
  for (let number = 0; number < TRANSFERS; number += 1) {
    const { status, body } = await shop.get(`/v1/transfers/t-${number}`);
    if (status === 404) continue;
    ends.DEPOT.onHand -= body.lines[0].quantity;
    ends.STORE.onHand += body.lines[0].received;
    ends.STORE.inbound += body.lines[0].open;
  }
  return ends;
}

async function shown(sku: string) {
  const { body } = await shop.get(`/v1/availability/${sku}`);
  const figures = (body.locations ?? []).map(({ location, onHand, inbound }: Record<string, number | string>) => [
    location,
    { onHand, inbound },
  ]);
  return { DEPOT: { onHand: 0, inbound: 0 }, STORE: { onHand: 0, inbound: 0 }, ...Object.fromEntries(figures) };
}

it('a service killed among transfers finishes by itself what it had begun, once', async () => {
  await sendUntilKilled();
  await shop.restart();
  await vi.waitFor(async () => {
    const expected = await explained();
    expect(await Promise.all(SKUS.map(shown))).toEqual(SKUS.map(() => expected));
  }, PATIENCE);

  const again = await Promise.all(Array.from({ length: TRANSFERS }, (_, n) => shop.post('/v1/transfers', transfer(n))));
  for (const { status } of again) expect([200, 201]).toContain(status);
  for (const sku of SKUS) {
    const { body } = await shop.get(`/v1/streams/${sku}/DEPOT/events?limit=1000`);
    expect(body.events.map(({ type }: { type: string }) => type)).toEqual(Array(TRANSFERS).fill('Dispatched'));
  }
});
