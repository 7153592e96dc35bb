import type { Keys } from '../adapters/access/keys-file.js';

/** What a person who starts the service needs: where it is, the keys, and three calls to paste. */
export function banner(address: string, keys: Keys, keysFile: string, parts: readonly string[]): string {
  const rows = Object.entries(keys).map(([role, key]) => `  ${role.padEnd(11)}${key}`);
  return [
    '',
    `Stockfold is ready at ${address}`,
    ...parts.map((part) => `  ${part}`),
    '',
    `Keys (kept in ${keysFile}):`,
    ...rows,
    '',
    'Try it:',
    '',
    ...tryIt(address, keys),
    '',
  ].join('\n');
}

function tryIt(address: string, { store, storefront }: Keys): string[] {
  const at = new Date().toISOString();
  const receipt = {
    id: `receipt-${Date.now()}`,
    type: 'receipt',
    sku: 'MUG-BLUE',
    location: 'STORE-A',
    occurredAt: at,
    quantity: 10,
    unitCost: '2.50',
    currency: 'GBP',
  };
  const cart = {
    reference: `cart-${Date.now()}`,
    lines: [{ sku: 'MUG-BLUE', location: 'STORE-A', quantity: 2 }],
    ttlSeconds: 900,
  };
  return [
    curl(`${address}/v1/movements`, store, { movements: [receipt] }),
    '',
    curl(`${address}/v1/reservations`, storefront, cart),
    '',
    curl(`${address}/v1/availability/MUG-BLUE`, storefront),
  ];
}

function curl(url: string, key: string, body?: object): string {
  const head = `curl -sS ${url} -H 'Authorization: Bearer ${key}'`;
  return body === undefined ? head : `${head} -H 'Content-Type: application/json' -d '${JSON.stringify(body)}'`;
}
