import { execFile } from 'node:child_process';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TILL_EXPORT } from './export-file.js';

const INDEPENDENT = fileURLToPath(new URL('../independent/on-hand.mjs', import.meta.url));

const RIGHT: Readonly<Record<string, number>> = {
  '21034@United-Kingdom': -11,
  '47102B@United-Kingdom': -12,
  '47102B@Channel-Islands': -4,
  '60219@Channel-Islands': -24,
  '60219@United-Kingdom': -9,
  '33071AB@United-Kingdom': -2,
  '33071AB@Spain': -1,
};

/** Answers `POST /v1/availability` with a stock of its own, right or wrong. */
function serviceWith(stock: Readonly<Record<string, number>>): Server {
  return createServer(async (request, response) => {
    const { skus } = (await json(request)) as { readonly skus: readonly string[] };
    const items = skus.map((sku) => {
      const streams = Object.entries(stock).filter(([stream]) => stream.startsWith(`${sku}@`));
      return { sku, locations: streams.map(([stream, onHand]) => ({ location: stream.split('@')[1], onHand })) };
    });
    response.end(JSON.stringify({ items, unknown: [], position: 'p' }));
  });
}

async function check(stock: Readonly<Record<string, number>>): Promise<{ code: number; stdout: string }> {
  service = serviceWith(stock).listen(0, '127.0.0.1');
  await once(service, 'listening');
  const url = `http://127.0.0.1:${(service.address() as AddressInfo).port}`;
  const args = [INDEPENDENT, TILL_EXPORT, '--check', url, '--key', 'k', '--wait-seconds', '0'];
  return new Promise((resolve) => {
    const child = execFile(process.execPath, args, (_, stdout) => resolve({ code: child.exitCode ?? -1, stdout }));
  });
}

let service: Server;
beforeEach(() => {
  service = createServer();
});
afterEach(() => {
  service.closeAllConnections();
  service.close();
});

describe('the independent check of a running service', () => {
  it('passes when each SKU and location has the stock the export says', async () => {
    const { code, stdout } = await check(RIGHT);
    expect(code).toBe(0);
    expect(stdout).toMatch(/rows compared 7\nequal +7\ndifferent +0\n/);
  });

  it.each([
    ['a wrong number', { ...RIGHT, '33071AB@Spain': -2 }, '33071AB@Spain: computed -1, the service has -2'],
    ['a stream too many', { ...RIGHT, '21034@Spain': 0 }, '21034@Spain: computed nothing, the service has 0'],
    [
      'a stream missing',
      Object.fromEntries(Object.entries(RIGHT).filter(([stream]) => stream !== '33071AB@Spain')),
      '33071AB@Spain: computed -1, the service has nothing',
    ],
  ])('fails on %s', async (_, stock, difference) => {
    const { code, stdout } = await check(stock);
    expect(code).toBe(1);
    expect(stdout).toMatch(/different +1\n/);
    expect(stdout).toContain(difference);
  });
});
