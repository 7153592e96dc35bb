import { randomUUID } from 'node:crypto';
import { beforeEach, describe, expect, it } from 'vitest';
import { AvailableToPromise, AvailableToPromiseHandler } from '../../src/queries/availability/available-to-promise.js';
import { receipt, sale } from '../support/given-stock.js';
import { everywhere, Shop, sku } from './shop.js';

let shop: Shop;
beforeEach(async () => {
  shop = new Shop();
  await shop.tell('MUG', 'STORE-A', receipt(10));
  await shop.level();
});

const ask = (minPosition: bigint) =>
  new AvailableToPromiseHandler(shop.cells).execute(
    new AvailableToPromise([sku('MUG')], everywhere, { channel: undefined, detail: true }, minPosition),
  );

/** A cart, say: what was written last is not in a stream of stock. */
async function elsewhere(): Promise<bigint> {
  const event = { id: randomUUID(), type: 'Said', data: {}, metadata: {} };
  const outcome = await shop.events.append(`elsewhere-${event.id}`, 'no-stream', [event]);
  if (outcome.status !== 'appended') throw new Error(outcome.status);
  return outcome.position;
}

describe('whoever asks for what was written last', () => {
  it('has an answer that holds up to there when it does not concern stock', async () => {
    const position = await elsewhere();
    expect(await ask(position)).toMatchObject({ items: [{ available: 10 }], position, stale: false });
  });

  it('is told that the answer is stale while stock has moved before it that is not shown', async () => {
    const shown = (await ask(0n)).position;
    await shop.tell('MUG', 'STORE-A', sale(4));
    expect(await ask(await elsewhere())).toMatchObject({ items: [{ available: 10 }], position: shown, stale: true });
  });

  it('is told so of a position that nothing has reached yet', async () => {
    expect(await ask((await elsewhere()) + 1_000n)).toMatchObject({ stale: true });
  });

  it('is shown everything once the read model has caught up', async () => {
    await shop.tell('MUG', 'STORE-A', sale(4));
    const answer = ask(await elsewhere());
    await shop.level();
    expect(await answer).toMatchObject({ items: [{ available: 6 }], stale: false });
  });
});
