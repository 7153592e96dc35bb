/** Where the hot SKUs lie. */
export const LOCATIONS = ['NORTH', 'EAST', 'SOUTH', 'WEST'];
export const LONGEST_TTL_SECONDS = 15;
const SKUS = 20;
const LINES = 5;
/** Of each SKU at each location, for so many customers: less than they want. */
export const openingUnits = (carts) => Math.ceil(carts * 0.06);

export const skusOf = (round) => Array.from({ length: SKUS }, (_, index) => `HOT-${round}-${index + 1}`);

/** What one customer asks for, and does with the reservation: steps of one change, or of several at the same time. */
export function wishOf(round, number, random) {
  const below = (limit) => Math.floor(random() * limit);
  const oneOf = (choices) => choices[below(choices.length)];
  const some = (items, count) =>
    items
      .map((item) => [random(), item])
      .sort(([a], [b]) => a - b)
      .slice(0, count)
      .map(([, item]) => item);

  const line = (sku) => {
    const quantity = 1 + below(3);
    if (random() < 0.5) return { sku, quantity, location: oneOf(LOCATIONS) };
    return { sku, quantity, locations: some(LOCATIONS, 2 + below(3)) };
  };
  const body = {
    reference: `cart-${round}-${number}`,
    lines: some(skusOf(round), LINES).map(line),
    ttlSeconds: oneOf([5, 10, LONGEST_TTL_SECONDS, LONGEST_TTL_SECONDS]),
    ...(random() < 0.3 ? { split: true } : {}),
    ...(random() < 0.25 ? { partial: true } : {}),
  };

  const confirm = { kind: 'confirm' };
  const cancel = { kind: 'cancel' };
  const extend = (id) => ({ kind: 'extend', id, ttlSeconds: oneOf([10, LONGEST_TTL_SECONDS]) });
  const move = (id) => ({ kind: 'move', id, line: below(LINES), to: oneOf(LOCATIONS) });
  const refuse = (id) => ({ kind: 'refuse', id, location: oneOf(LOCATIONS) });
  const fulfil = (id) => ({ kind: 'fulfil', id });
  const fulfilPart = (id) => {
    const { sku } = oneOf(body.lines);
    return { kind: 'fulfil', id, lines: [{ sku, quantity: 1 }] };
  };
  const journey = oneOf([
    () => [],
    () => [[confirm]],
    () => [[confirm], [fulfil('all')]],
    () => [[confirm], [fulfilPart('part')], [fulfil('rest')]],
    () => [[confirm], [fulfilPart('part')], [cancel]],
    () => [[confirm], [cancel]],
    () => [[cancel]],
    () => [[extend('longer')]],
    () => [[extend('longer')], [confirm]],
    () => [[move('there')], [confirm]],
    () => [[move('there')], [move('on')]],
    () => [[confirm], [move('there')], [fulfil('all')]],
    () => [[refuse('no')], [confirm]],
    () => [[confirm], [refuse('no')], [fulfilPart('part')]],
    () => [[extend('longer'), move('there'), confirm]],
    () => [[confirm, cancel]],
    () => [[confirm], [refuse('no'), fulfil('all'), move('there')]],
  ])();
  return {
    body,
    journey,
    pauseMs: () => random() * 1_000,
    /** Has no patience: after a lost answer it asks no more until the shop is calm again. */
    walksAway: random() < 0.3,
  };
}
