import { randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RetentionPolicy } from 'nats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NatsConnector } from '../../../src/adapters/erp/nats/nats-connector.js';
import type { ErpOutcome, ErpPosting } from '../../../src/ports/erp.js';
import { saleOf } from '../../erp/postings.js';
import { startNats } from '../../support/nats-server.js';
import { realNats } from '../../support/servers.js';
import { Middleware } from './middleware.js';
import { Silencer } from './silencer.js';

let url: string;
let names: { stream: string; subjectPrefix: string };
let postingsStream: string;
let connectors: NatsConnector[];
let connector: NatsConnector;
let middleware: Middleware;

beforeEach(async () => {
  url = await realNats();
  const id = randomUUID();
  names = { stream: `S-${id}`, subjectPrefix: `s-${id}` };
  postingsStream = `${names.stream}-POSTINGS-nats`;
  connectors = [];
  connector = connectorTo(url);
  middleware = await Middleware.on(url, postingsStream);
});
afterEach(async () => {
  await Promise.all([...connectors.map((one) => one.close()), middleware.close()]);
});

function connectorTo(server: string, timeoutMs = 10_000): NatsConnector {
  const made = new NatsConnector({ url: server, timeoutMs, batchLimit: 100, parallel: 4 }, names);
  connectors.push(made);
  return made;
}

const skuOf = (number: number) => ({ sku: `SKU-${number}` as ErpPosting['sku'] });
const salesOf = (count: number) => Array.from({ length: count }, (_, number) => saleOf(number, 100n, skuOf(number)));
const refsOf = (postings: readonly ErpPosting[]) => postings.map(({ ref }) => ref);
const published = async (by = middleware) => (await by.postings()).map(({ id }) => id).sort();
const brief = (outcome: ErpOutcome) => (outcome.status === 'retry-later' ? outcome.applied : outcome.status);
const post = async (postings: readonly ErpPosting[], to = connector) => (await to.post(postings)).map(brief);

describe('postings on NATS', () => {
  it('have a subject of their own below connector and location, and their ref as message id', async () => {
    const sale = saleOf(1);
    await connector.post([sale, { ...sale, ref: `${sale.ref}.2` }]);
    const messages = await middleware.postings();
    expect(messages.map(({ subject, id }) => ({ subject, id }))).toEqual([
      { subject: `${names.subjectPrefix}.postings.nats.LEEDS.${sale.ref}`, id: sale.ref },
      { subject: `${names.subjectPrefix}.postings.nats.LEEDS.${sale.ref}%2E2`, id: `${sale.ref}.2` },
    ]);
    expect(messages[0]?.posting).toMatchObject({ ref: sale.ref, sku: 'MUG-1', location: 'LEEDS', mapping: 'roles-1' });
    const entries = await connector.entries([sale.ref, 'no-such-ref']);
    expect([...entries]).toEqual([
      [
        sale.ref,
        {
          date: '2026-03-02',
          lines: [
            { account: 'inventory', amount: -153n },
            { account: 'cogs', amount: 153n },
          ],
        },
      ],
    ]);
  });

  it('are in the order of their SKU and location', async () => {
    const sales = Array.from({ length: 60 }, (_, number) => saleOf(number, 100n, skuOf(number % 3)));
    await connector.post(sales);
    const messages = await middleware.postings();
    for (const { sku } of sales.slice(0, 3)) {
      const own = messages.filter(({ posting }) => posting.sku === sku).map(({ id }) => id);
      expect(own).toEqual(refsOf(sales.filter((sale) => sale.sku === sku)));
    }
  });

  it('are published once by two posters', async () => {
    const sales = salesOf(40);
    const outcomes = await Promise.all([post(sales), post(sales, connectorTo(url))]);
    expect(outcomes.flat().sort()).toEqual([...Array(40).fill('duplicate'), ...Array(40).fill('posted')]);
    expect(await published()).toEqual(refsOf(sales).sort());
  });

  it('are published once also when the server has forgotten their message ids', async () => {
    const [first, second] = [saleOf(1), saleOf(2)];
    await connector.post([first]);
    const [message] = await middleware.postings();
    if (message === undefined) throw new Error('nothing is published');
    const [subject, content] = [message.subject, JSON.stringify(message.posting)].map((text) =>
      text.replace(first.ref, second.ref),
    );
    // As if it had been published so long ago that its id counts no more.
    await middleware.publish(subject ?? '', 'an id of long ago', content ?? '');
    expect(await post([second])).toEqual(['duplicate']);
    expect(await published()).toEqual([first.ref, 'an id of long ago'].sort());
  });

  it('need a person when something else is there under their ref', async () => {
    await connector.post([saleOf(1, 100n)]);
    expect(await connector.post([saleOf(1, 101n)])).toEqual([
      { status: 'rejected', code: 'NEEDS_HUMAN', detail: 'Something else is published under this ref.' },
    ]);
    expect(await post([saleOf(1, 100n, { date: '2026-04-01' })])).toEqual(['duplicate']);
  });

  it('that are too large are refused, and hold back only those behind them', async () => {
    const large = saleOf(1);
    const lines = Array.from({ length: 12_000 }, () => large.lines).flat();
    expect(await post([{ ...large, lines }, saleOf(2), saleOf(3, 100n, skuOf(3))])).toEqual([
      'rejected',
      'no',
      'posted',
    ]);
    expect(await published()).toEqual([saleOf(3).ref]);
  });

  it('wait when the stream is full, and nothing goes for them', async () => {
    await connector.post([saleOf(1)]);
    await middleware.manager.streams.update(postingsStream, { max_msgs: 1 });
    expect(await post([saleOf(2)])).toEqual(['no']);
    expect(await connector.find(refsOf([saleOf(1), saleOf(2)]))).toEqual(new Set([saleOf(1).ref]));
    await middleware.manager.streams.update(postingsStream, { max_msgs: -1 });
    expect(await post([saleOf(1), saleOf(2)])).toEqual(['duplicate', 'posted']);
  });

  it('are not given to a stream that forgets', async () => {
    const subjects = [`${names.subjectPrefix}.postings.nats.>`];
    await middleware.manager.streams.add({ name: postingsStream, subjects, retention: RetentionPolicy.Workqueue });
    expect(await connector.post([saleOf(1)])).toEqual([
      { status: 'retry-later', applied: 'no', detail: expect.stringContaining(`${postingsStream} forgets`) },
    ]);
    expect(await published()).toEqual([]);
  });
});

describe('a NATS server that goes wrong', () => {
  let folder: string;
  let server: Awaited<ReturnType<typeof startNats>>;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stockfold-nats-'));
    server = await startNats({ storeDir: folder });
  });
  afterEach(async () => {
    await server.kill();
    await rm(folder, { recursive: true });
  });

  it('loses nothing and takes nothing twice when it is killed', async () => {
    const sales = salesOf(10);
    await post(sales.slice(0, 6), connectorTo(server.url));
    await server.kill();
    const waiting = connectorTo(server.url);
    expect(await post(sales, waiting)).toEqual(Array(10).fill('no'));
    await expect(waiting.find(refsOf(sales))).rejects.toThrow();
    server = await startNats({ storeDir: folder, port: server.port });
    expect(await waiting.find(refsOf(sales))).toEqual(new Set(refsOf(sales.slice(0, 6))));
    expect(await post(sales, waiting)).toEqual([...Array(6).fill('duplicate'), ...Array(4).fill('posted')]);
  });

  it('may have what it does not acknowledge, and is asked', async () => {
    const silencer = await Silencer.before(server.port);
    const other = await Middleware.on(server.url, postingsStream);
    const impatient = connectorTo(`nats://127.0.0.1:${silencer.port}`, 2_000);
    await post([saleOf(0)], impatient);
    silencer.silenceFrom(`HPUB ${names.subjectPrefix}.postings.`);
    expect(await post([saleOf(1), saleOf(2)], impatient)).toEqual(['unknown', 'no']);
    expect(await published(other)).toEqual(refsOf([saleOf(0), saleOf(1)]).sort());
    silencer.silenceFrom(undefined);
    expect(await impatient.find(refsOf([saleOf(1), saleOf(2)]))).toEqual(new Set([saleOf(1).ref]));
    expect(await post([saleOf(1), saleOf(2)], impatient)).toEqual(['duplicate', 'posted']);
    await Promise.all([impatient.close(), other.close()]);
    silencer.close();
  });
});
