import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, createInbox, headers, type JetStreamClient, type JetStreamManager, type NatsConnection } from 'nats';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { type EventNodeForTest, startEventNode } from '../support/event-node.js';
import { type NatsServer, startNats } from '../support/nats-server.js';
import { ServiceProcess } from '../support/service.js';

const PATIENCE = { timeout: 40_000, interval: 25 };
let node: EventNodeForTest;
let nats: NatsServer;
let one: ServiceProcess;
let two: ServiceProcess;
let connection: NatsConnection;
let jetStream: JetStreamClient;
let manager: JetStreamManager;

beforeAll(async () => {
  [node, nats] = await Promise.all([startEventNode(), startNats()]);
  const keys = join(mkdtempSync(join(tmpdir(), 'stockfold-keys-')), 'keys.json');
  const env = { EVENTSTORE_URL: node.url, NATS_URL: nats.url, KEYS_FILE: keys };
  [one, two] = await Promise.all([ServiceProcess.start(env), ServiceProcess.start(env)]);
  connection = await connect({ servers: nats.url });
  jetStream = connection.jetstream();
  manager = await connection.jetstreamManager();
  await vi.waitFor(waiting, PATIENCE);
});
afterAll(async () => {
  await connection.close();
  await Promise.all([one.remove(), two.remove()]);
  await Promise.all([node.stop(), nats.kill()]);
});

const sale = (id: string, sku: string, location = 'STORE-A') => ({
  id,
  type: 'sale',
  sku,
  location,
  occurredAt: '2026-11-20T08:00:00Z',
  quantity: 1,
});
const send = (location: string, body: unknown) =>
  jetStream.publish(`stockfold.movements.${location}`, typeof body === 'string' ? body : JSON.stringify(body));
const waiting = async () => (await manager.streams.info('STOCKFOLD-MOVEMENTS')).state.messages;
const history = async (sku: string, location = 'STORE-A') =>
  (await one.get(`/v1/streams/${sku}/${location}/events?limit=1000`, 'auditor')).body.events;
const rejected = async (location: string) => {
  const subject = `stockfold.movements-rejected.${location}`;
  return (await manager.streams.getMessage('STOCKFOLD-MOVEMENTS-REJECTED', { last_by_subj: subject })).json<{
    data: { problem: { code: string }; payload: unknown };
  }>().data;
};

describe('a store that sends its movements over NATS', () => {
  it('has them recorded once, one by one or many together, whatever it sends again', async () => {
    await send('STORE-A', sale('n-1', 'MUG'));
    await send('STORE-A', { movements: [sale('n-2', 'MUG'), sale('n-3', 'MUG')] });
    await send('STORE-A', { movements: [sale('n-3', 'MUG'), sale('n-1', 'MUG')] });
    await expect.poll(waiting, PATIENCE).toBe(0);
    const events = await history('MUG');
    expect(events.map(({ data }: { data: { id: string } }) => data.id)).toEqual(['n-1', 'n-2', 'n-3']);
    expect(events[0].metadata).toMatchObject({ actor: 'nats', commandId: 'n-1' });
  });

  /** Sends movements and hears what became of them. */
  async function answerTo(...movements: object[]) {
    const inbox = createInbox();
    const answers = connection.subscribe(inbox, { max: 1 });
    const named = headers();
    named.set('Stockfold-Reply-To', inbox);
    await jetStream.publish('stockfold.movements.STORE-A', JSON.stringify({ movements }), { headers: named });
    for await (const answer of answers) return answer.json<{ results: object[]; position: string }>();
    throw new Error('The inbox was closed without an answer.');
  }

  it('gets the results where it asks for them', async () => {
    expect(await answerTo(sale('r-1', 'CUP'), { ...sale('r-2', 'CUP'), quantity: 0 })).toMatchObject({
      results: [
        { id: 'r-1', status: 'accepted', revision: 0 },
        { id: 'r-2', status: 'rejected', problem: { code: 'invalid-body' } },
      ],
      position: expect.stringMatching(/^p/),
    });
  });

  it('hears of the reservations that its sale puts at risk', async () => {
    const receipt = { ...sale('o-1', 'POT'), type: 'receipt', unitCost: '1.00', currency: 'GBP' };
    await one.post('/v1/movements', { movements: [receipt] });
    const lines = [{ sku: 'POT', location: 'STORE-A', quantity: 1 }];
    const { body } = await one.post('/v1/reservations', { reference: 'order-1', lines, ttlSeconds: 600 });
    const { results } = await answerTo(sale('o-2', 'POT'));
    const atRisk = [{ reference: 'order-1', reservationId: body.id }];
    expect(results).toMatchObject([{ id: 'o-2', exceptions: [{ code: 'oversold', atRisk }] }]);
  });

  it('writes at its own location alone', async () => {
    await send('STORE-A', { movements: [sale('f-1', 'VASE', 'STORE-B'), sale('f-2', 'VASE')] });
    await expect.poll(waiting, PATIENCE).toBe(0);
    expect(await rejected('STORE-A')).toMatchObject({ problem: { code: 'foreign-location' }, payload: { id: 'f-1' } });
    expect(await history('VASE')).toHaveLength(1);
    expect((await one.get('/v1/streams/VASE/STORE-B/events', 'auditor')).status).toBe(404);
  });

  it.each([
    ['no JSON', '{"movements":[', 'invalid-json'],
    ['a key twice', '{"id":"a","id":"b","type":"sale"}', 'duplicate-key'],
    ['no movement', '{"movements":[]}', 'invalid-body'],
    ['an id that stands for something else', JSON.stringify({ ...sale('n-1', 'MUG'), quantity: 2 }), 'id-reused'],
  ])('finds %s among what was rejected, with the reason', async (_, body, code) => {
    await send('STORE-A', body);
    await expect.poll(waiting, PATIENCE).toBe(0);
    const { problem, payload } = await rejected('STORE-A');
    expect(problem.code).toBe(code);
    expect(payload).toEqual(code === 'id-reused' ? JSON.parse(body) : body);
  });

  it('loses nothing, in order, though the event store goes away and an instance is killed', async () => {
    const ids = Array.from({ length: 150 }, (_, index) => `k-${index}`);
    const sending = (async () => {
      for (const id of ids) await send('STORE-A', sale(id, 'PAN'));
    })();
    await expect.poll(async () => (await history('PAN'))?.length ?? 0, PATIENCE).toBeGreaterThan(10);
    await node.kill9();
    await new Promise((resolve) => setTimeout(resolve, 300));
    await node.restart();
    await one.kill9();
    await one.restart();
    await sending;
    await expect.poll(waiting, { ...PATIENCE, timeout: 80_000 }).toBe(0);
    const recorded = (await history('PAN')).map(({ data }: { data: { id: string } }) => data.id);
    expect(recorded).toEqual(ids);
  }, 120_000);

  it('hears on NATS what it has changed', async () => {
    await send('STORE-A', { ...sale('e-1', 'JUG'), type: 'receipt', quantity: 3, unitCost: '1.00', currency: 'GBP' });
    const last = () =>
      manager.streams.getMessage('STOCKFOLD', { last_by_subj: 'stockfold.availability.STORE-A.JUG' }).then(
        (message) => message.json(),
        () => undefined,
      );
    await expect.poll(last, PATIENCE).toMatchObject({ id: 'JUG@STORE-A/0', data: { available: 3 } });
  });
});
