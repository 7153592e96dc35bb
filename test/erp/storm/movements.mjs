const LOCATIONS = ['STORE-A', 'STORE-B', 'OUTLET'];
const REASONS = ['damage', 'loss', 'found', 'correction', 'expiry'];
const SKUS = 80;

/** So many movements of a chain of shops this year, sales more than anything; each has an effect on the books. */
export function* randomMovements(count, random) {
  const pick = (list) => list[Math.floor(random() * list.length)];
  const upTo = (most) => 1 + Math.floor(random() * most);
  const startAt = Date.UTC(new Date().getUTCFullYear(), 0, 2, 12);
  const lengthMs = Math.max(86_400_000, Date.now() - startAt - 86_400_000);
  const stocked = new Map();
  for (let number = 0; number < count; number += 1) {
    const sku = `SKU-${Math.floor(random() * SKUS)}`;
    const location = pick(LOCATIONS);
    const key = `${sku}@${location}`;
    const id = `m-${number}`;
    const occurredAt = new Date(startAt + (lengthMs * number) / count).toISOString();
    const head = { id, sku, location, occurredAt };
    const cost = `${upTo(40)}.${String(upTo(9_999)).padStart(4, '0')}`;
    const receipt = { ...head, type: 'receipt', quantity: upTo(60), unitCost: cost, currency: 'EUR' };
    const sales = stocked.get(key);
    if (sales === undefined) {
      stocked.set(key, []);
      yield receipt;
      continue;
    }
    const dice = random();
    if (dice < 0.2) yield receipt;
    else if (dice < 0.8) {
      sales.push(id);
      yield { ...head, type: 'sale', quantity: upTo(3) };
    } else if (dice < 0.86) {
      const sale = sales.length === 0 ? {} : { originalSale: pick(sales) };
      yield { ...head, type: 'return', quantity: 1, disposition: 'sellable', ...sale };
    } else if (dice < 0.93) yield { ...head, type: 'adjustment', quantity: -upTo(2), reason: pick(REASONS) };
    else
      yield {
        ...head,
        type: 'cost-revision',
        amount: `${upTo(9)}.${upTo(89) + 10}`,
        currency: 'EUR',
        reason: 'freight',
      };
  }
}

/** Goods that go from store to store: received in full, in part, closed with some missing, or still on their way. */
export function* randomTransfers(count, random) {
  for (let number = 0; number < count; number += 1) {
    const id = `t-${number}`;
    const [from, to] = random() < 0.5 ? ['STORE-A', 'STORE-B'] : ['OUTLET', 'STORE-A'];
    const sku = `SKU-${Math.floor(random() * SKUS)}`;
    const quantity = 2 + Math.floor(random() * 6);
    const arrived = [{ sku, quantity: 1 + Math.floor(random() * quantity) }];
    const receipt = random() < 0.2 ? undefined : { id: `r-${number}`, lines: arrived, close: random() < 0.5 };
    yield { request: { id, from, to, lines: [{ sku, quantity }] }, receipt };
  }
}
