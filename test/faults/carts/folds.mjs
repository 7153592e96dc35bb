const NAME_LENGTH = 28;

/**
 * One SKU at one location by its events alone, without any clock: what is held is what no event has ended.
 * `faults` tells what can never be: more held than there is, a gap, one decision written twice, a hold from nowhere.
 */
export function stockOf(stream, events) {
  const stock = { onHand: 0, held: 0, holds: new Map(), faults: [] };
  const names = new Set();
  for (const [index, event] of events.entries()) {
    const { revision, type, id, data } = event;
    const fault = (what) =>
      stock.faults.push(`${stream} revision ${revision}: ${type} ${data.reference ?? data.id} ${what}`);
    if (revision !== index) fault('comes after a gap');
    const name = id.slice(0, NAME_LENGTH);
    if (names.has(name)) fault('is there twice');
    names.add(name);
    takeIn(stock, event, fault);
  }
  if (stock.held > stock.onHand) stock.faults.push(`${stream}: ${stock.held} held of ${stock.onHand} at the end`);
  return stock;
}

function takeIn(stock, { type, data, commit }, fault) {
  const { holds } = stock;
  const hold = holds.get(data.reference);
  if (type === 'Received') stock.onHand += data.quantity;
  else if (type === 'Sold') stock.onHand -= data.quantity;
  else if (type === 'Reserved') {
    if (hold !== undefined) fault('was there before');
    const { reference, quantity, expiresAt } = data;
    stock.held += quantity;
    if (stock.held > stock.onHand) fault(`holds more than there is: ${stock.held} of ${stock.onHand}`);
    holds.set(reference, {
      reference,
      quantity,
      left: quantity,
      sales: new Map(),
      expiresAt: Date.parse(expiresAt),
      commit,
    });
  } else if (hold === undefined || hold.end !== undefined) fault('is about no hold that lives');
  else stock.held -= change(hold, type, data);
}

/** Changes a hold as its event says. Gives the units that it holds no longer. */
function change(hold, type, data) {
  switch (type) {
    case 'Confirmed':
      hold.expiresAt = data.extension === undefined ? null : Date.parse(data.extension.until);
      return 0;
    case 'Fulfilled':
      hold.sales.set(data.saleId, (hold.sales.get(data.saleId) ?? 0) + data.quantity);
      hold.left -= data.quantity;
      if (hold.left === 0) hold.end = 'sold';
      return data.quantity;
    case 'Released': {
      const { left } = hold;
      hold.left = 0;
      hold.end = data.reason;
      return left;
    }
    default:
      throw new Error(`${type} is no event of a hold`);
  }
}

export const soldOf = ({ sales }) => [...sales.values()].reduce((sum, quantity) => sum + quantity, 0);

/** A cart by its events alone. Undefined when nobody asked for it. */
export function cartOf(events) {
  let cart;
  for (const { type, data, commit } of events) {
    if (type === 'Requested') {
      cart ??= {
        named: new Map(),
        settled: new Map(),
        fulfilments: new Map(),
        movedTo: new Set(),
        attempts: 0,
        interrupted: 0,
      };
      const { request, attempt, expiresAt } = data;
      Object.assign(cart, { phase: 'pending', request, attempt, expiresAt: Date.parse(expiresAt), confirmed: false });
      Object.assign(cart, { claimed: [], missing: [], ended: undefined, open: undefined, toRelease: undefined });
      cart.attempts += 1;
    }
    const named = type === 'ChangeBegun' ? data.change.holds : type === 'Accepted' ? undefined : data.holds;
    if (type !== 'Changed' && type !== 'Secured') {
      for (const hold of named ?? []) cart.named.set(hold.reference, { ...hold, commit });
    }
    evolve(cart, type, data);
  }
  return cart;
}

function evolve(cart, type, data) {
  switch (type) {
    case 'Requested':
    case 'SourcedAnew':
    case 'Secured':
      return;
    case 'Accepted':
      Object.assign(cart, { phase: 'accepted', claimed: data.holds, missing: data.missing, accepted: data });
      return;
    case 'Rejected':
      Object.assign(cart, { phase: 'rejected', reason: data.reason, shortfalls: data.shortfalls });
      if (data.release.length > 0) cart.toRelease = `attempt:${data.attempt}`;
      return;
    case 'ChangeBegun':
      cart.open = data;
      if (data.change.kind === 'fulfil') cart.fulfilments.set(data.change.id, data.change.parts);
      if (data.change.kind === 'move') cart.movedTo.add(data.change.to);
      return;
    case 'Changed':
    case 'ChangeRefused':
      settle(cart, data);
      return;
    case 'HoldsReleased':
      if (cart.toRelease === data.of) cart.toRelease = undefined;
      return;
    default:
      throw new Error(`${type} is no event of a cart`);
  }
}

function settle(cart, { key, refusal, ends, release = [], holds, confirmed, expiresAt }) {
  if (refusal === undefined) {
    cart.claimed = holds ?? cart.claimed;
    cart.confirmed = confirmed ?? cart.confirmed;
    cart.expiresAt = expiresAt === undefined ? cart.expiresAt : Date.parse(expiresAt);
    if (cart.open.change.kind === 'cancel') cart.ended = 'cancelled';
  } else {
    if (ends) cart.ended = 'expired';
    if (refusal.code === 'reservation-pending') cart.interrupted += 1;
    if (release.length > 0) cart.toRelease = key;
  }
  cart.settled.set(key, refusal?.code ?? 'made');
  cart.open = undefined;
}

/** Whether nothing of it stands open. */
export const isSettled = (cart) => cart.phase !== 'pending' && cart.open === undefined && cart.toRelease === undefined;
