import { foldOf, median } from './fold.mjs';

const ROUNDS = 9;
const MOVEMENTS = 20_000;
const AT = '2026-03-02T10:15:30.000Z';

const recorded = (revision, type, data) => ({
  type,
  data: { id: `m-${revision}`, ...data },
  stream: 'stock-SKU@STORE-A',
  id: `5f0c1d4e-8a3b-8d2f-8e61-${revision.toString(16).padStart(12, '0')}`,
  revision,
  position: BigInt(revision + 1),
  metadata: { occurredAt: AT, recordedAt: AT },
});
const receipt = (revision) =>
  recorded(revision, 'Received', { quantity: 3, unitCost: (1 + (revision % 700) / 100).toFixed(2), currency: 'EUR' });
const sale = (revision, quantity) => recorded(revision, 'Sold', { quantity });
const lateCost = (revision) =>
  recorded(revision, 'UnitCostRevised', { amount: '0.10', currency: 'EUR', reason: 'duty' });

export async function layers({ dist }) {
  const { step, noValuation, encodeValued } = await foldOf(dist);
  const stocked = (count) => {
    let state = noValuation({ method: 'fifo', damaged: 'keep' });
    for (let revision = 0; revision < count; revision += 1) ({ state } = step(state, receipt(revision)));
    return { count, state, revision: count };
  };
  /** A receipt for three sales, and a late cost now and then: as many layers come as go. */
  const run = (stock) => {
    const startedMs = performance.now();
    for (let index = 0; index < MOVEMENTS; index += 1) {
      const revision = stock.revision + index;
      const event =
        index % 40 === 39
          ? lateCost(revision)
          : index % 4 === 0
            ? receipt(revision)
            : sale(revision, index % 40 === 38 ? 2 : 1);
      const { valued, state } = step(stock.state, event);
      if (valued !== undefined) JSON.stringify(encodeValued(valued));
      stock.state = state;
    }
    stock.revision += MOVEMENTS;
    return ((performance.now() - startedMs) * 1_000) / MOVEMENTS;
  };
  const few = stocked(10);
  const many = stocked(100_000);
  run(few);
  run(many);
  const costs = { few: [], many: [] };
  for (let round = 0; round < ROUNDS; round += 1) {
    costs.few.push(run(few));
    costs.many.push(run(many));
  }
  const [one, other] = [median(costs.few), median(costs.many)];
  console.log(`FIFO, ${MOVEMENTS.toLocaleString('en')} movements a round, ${ROUNDS} rounds, medians`);
  console.log(`  ${few.state.layers.size} layers: ${one.toFixed(2)} us a movement`);
  console.log(`  ${many.state.layers.size.toLocaleString('en')} layers: ${other.toFixed(2)} us a movement`);
  console.log(`  ratio ${(other / one).toFixed(2)}`);
}
