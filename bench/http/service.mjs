/** The service under load, as its users see it: what it needs in stock, and what it says afterwards. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { askedSku, LOCATIONS, movedSku, SKUS } from './loads.mjs';

const LINES_A_CALL = 1_000;
const CAUGHT_UP_WITHIN_MS = 300_000;
const OCCURRED_AT = '2026-11-01T08:00:00Z';

export class Shop {
  /** @param addresses of all processes that run projections */
  constructor(address, dataDir, addresses = [address]) {
    this.address = address;
    this.addresses = addresses;
    this.key = JSON.parse(readFileSync(join(dataDir, 'keys.json'), 'utf8')).operator;
  }

  async ask(path, body, address = this.address) {
    const headers = { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' };
    const init = body === undefined ? { headers } : { method: 'POST', headers, body: JSON.stringify(body) };
    const response = await fetch(address + path, init);
    if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
    return response.json();
  }

  async receive(sku, location, quantity) {
    await this.record([receipt(sku, location, quantity)]);
  }

  /** @param stocks of the loads that will run, the hot ones aside: `moved`, `asked` */
  async fill(stocks) {
    const receipts = [];
    for (let n = 0; stocks.has('moved') && n < SKUS.movements; n += 1) {
      receipts.push(receipt(movedSku(n), 'STORE-A', 1_000_000));
    }
    for (let n = 0; stocks.has('asked') && n < SKUS.availability; n += 1) {
      for (const location of LOCATIONS) receipts.push(receipt(askedSku(n), location, 100 + n));
    }
    while (receipts.length > 0) await this.record(receipts.splice(0, LINES_A_CALL));
  }

  async record(movements) {
    const { results } = await this.ask('/v1/movements', { movements });
    const refused = results.find(({ status }) => status === 'rejected');
    if (refused !== undefined) throw new Error(JSON.stringify(refused));
  }

  /** Units held of a SKU, as its stream says. */
  async reserved(sku) {
    return (await this.ask(`/v1/streams/${sku}/STORE-A/state`)).reserved;
  }

  /** Waits until the projections have dealt with everything, so that one case does not pay for another's writes. */
  async caughtUp() {
    const startedAt = performance.now();
    let last = '';
    for (let alike = 0; alike < 3; ) {
      if (performance.now() - startedAt > CAUGHT_UP_WITHIN_MS) throw new Error('The projections do not catch up.');
      await sleep(100);
      const answers = await Promise.all(this.addresses.map((one) => this.ask('/v1/projections', undefined, one)));
      const projections = answers.flatMap((answer) => answer.projections);
      const now = projections.map(({ name, position, live }) => `${name} ${position} ${live}`).join(', ');
      alike = now === last && projections.every(({ live }) => live) ? alike + 1 : 0;
      last = now;
    }
    return performance.now() - startedAt;
  }
}

const receipt = (sku, location, quantity) => ({
  id: 'first-receipt',
  type: 'receipt',
  sku,
  location,
  occurredAt: OCCURRED_AT,
  quantity,
  unitCost: '2.50',
  currency: 'GBP',
});
