import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { processesWith } from '../../support/processes.js';
import { ServiceProcess } from '../../support/service.js';
import { EMBEDDED } from '../../support/service-store.js';

let shop: ServiceProcess;
afterEach(() => shop.remove());

const eventNodes = () => processesWith(`eventstore.js --data ${shop.dataDir} `);

const SKUS = ['MUG', 'BOWL', 'CUP'];
const sale = (id: string, sku: string) => ({
  id,
  type: 'sale',
  sku,
  location: 'STORE-A',
  occurredAt: '2026-11-20T10:00:00Z',
  quantity: 1,
});

/** Posts as a till does: whatever gets no answer, or 503, is sent again under the same id. */
class Till {
  readonly acknowledged = new Set<string>();
  private sent = 0;

  constructor(
    private readonly service: ServiceProcess,
    private readonly number: number,
  ) {}

  async sellUntil(over: () => boolean): Promise<void> {
    while (!over()) {
      this.sent += 1;
      await this.sell(`till-${this.number}-${this.sent}`);
    }
  }

  private async sell(id: string): Promise<void> {
    const sku = SKUS[(this.number + this.sent) % SKUS.length] ?? '';
    while (true) {
      const answer = await this.service.record(sale(id, sku)).catch(() => undefined);
      const status = answer?.body?.results?.[0]?.status;
      if (status === 'accepted' || status === 'duplicate') {
        this.acknowledged.add(id);
        return;
      }
      await sleep(20);
    }
  }
}

/** However long the service takes to be back, each till has sold more then. */
async function allSellOn(tills: readonly Till[]): Promise<void> {
  const before = tills.map(({ acknowledged }) => acknowledged.size);
  while (tills.some(({ acknowledged }, n) => acknowledged.size < (before[n] ?? 0) + SKUS.length)) await sleep(5);
}

/** Sells at twelve tills while the disaster happens again and again, then compares every acknowledgement with the streams. */
async function sellThrough(rounds: number, disaster: () => Promise<void>): Promise<void> {
  let over = false;
  onTestFinished(() => {
    over = true;
  });
  const tills = Array.from({ length: 12 }, (_, n) => new Till(shop, n));
  const selling = Promise.all(tills.map((till) => till.sellUntil(() => over)));
  await allSellOn(tills);
  for (let round = 0; round < rounds; round += 1) {
    await disaster();
    await allSellOn(tills);
  }
  over = true;
  await selling;

  const recorded: string[] = [];
  for (const sku of SKUS) {
    const history = await shop.get(`/v1/streams/${sku}/STORE-A/events`, 'auditor', { accept: 'application/x-ndjson' });
    expect(history.status).toBe(200);
    const events = String(history.body)
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(events.map(({ revision }) => revision)).toEqual(events.map((_, index) => index));
    recorded.push(...events.map(({ metadata }) => metadata.commandId));
  }
  const acknowledged = tills.flatMap((till) => [...till.acknowledged]);
  expect(recorded).toHaveLength(acknowledged.length);
  expect(new Set(recorded)).toEqual(new Set(acknowledged));
  // The read model follows the store again a little later than tills can sell.
  await expect.poll(sold, { timeout: 10_000 }).toBe(acknowledged.length);
}

async function sold(): Promise<number> {
  const { body } = await shop.post('/v1/availability', { skus: SKUS, detail: true });
  return body.items.reduce(
    (sum: number, item: { locations: { onHand: number }[] }) => sum - (item.locations[0]?.onHand ?? 0),
    0,
  );
}

describe('every sale that was acknowledged is in its stream, once and in order', () => {
  it('when the event node is killed and comes back by itself', async () => {
    shop = await ServiceProcess.start(EMBEDDED);
    await sellThrough(3, async () => {
      for (const pid of eventNodes()) process.kill(pid, 'SIGKILL');
    });
  });

  it('when the whole service is killed and started again at once', async () => {
    shop = await ServiceProcess.start();
    await sellThrough(2, async () => {
      await shop.kill9();
      await shop.restart();
    });
  });
});

it('a service told to stop ends cleanly and leaves nothing running', async () => {
  shop = await ServiceProcess.start(EMBEDDED);
  await shop.record(sale('one', 'MUG'));
  expect(await shop.stop()).toBe(0);
  expect(eventNodes()).toEqual([]);
  await shop.restart();
  expect((await shop.get('/v1/availability/MUG')).body).toMatchObject({ locations: [{ onHand: -1 }] });
});
