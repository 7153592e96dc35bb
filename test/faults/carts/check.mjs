import { cartOf, isSettled, soldOf, stockOf } from './folds.mjs';
import { LOCATIONS, skusOf } from './wishes.mjs';

/** All carts and holds of a round as the streams have them. */
export class Books {
  carts = new Map();
  stocks = new Map();

  constructor(record, round, references) {
    for (const reference of references) {
      const cart = cartOf(record.cart(reference));
      if (cart !== undefined) this.carts.set(reference, cart);
    }
    for (const sku of skusOf(round)) {
      for (const location of LOCATIONS) {
        const place = `${sku}@${location}`;
        this.stocks.set(place, stockOf(place, record.stock(sku, location)));
      }
    }
  }

  /** References of the carts that have something standing open. */
  get unsettled() {
    return [...this.carts].filter(([, cart]) => !isSettled(cart)).map(([reference]) => reference);
  }

  /** The hold as its stock stream has it; undefined when it was never made. */
  holdOf({ sku, location, reference }) {
    return this.stocks.get(`${sku}@${location}`)?.holds.get(reference);
  }

  /** What can never be, at the instant in milliseconds. */
  faults(now) {
    const faults = [...this.stocks.values()].flatMap((stock) => stock.faults);
    for (const [place, { holds }] of this.stocks) {
      for (const hold of holds.values()) faults.push(...this.#strayHold(place, hold, now));
    }
    for (const [reference, cart] of this.carts)
      faults.push(...this.#brokenCart(cart, now).map((what) => `${reference} ${what}`));
    return faults;
  }

  /** Every hold was named by its cart before it was made, and while it lives its cart claims it. */
  #strayHold(place, hold, now) {
    const cart = this.carts.get(hold.reference.split('/')[0]);
    const named = cart?.named.get(hold.reference);
    const what = `${place} hold ${hold.reference}`;
    if (named === undefined || named.commit >= hold.commit) return [`${what} was made before its cart named it`];
    if (`${named.sku}@${named.location}` !== place || named.quantity !== hold.quantity)
      return [`${what} is not as named`];
    const unordered = [...hold.sales].filter(([sale, quantity]) => quantity > ordered(cart, hold, sale));
    if (unordered.length > 0) return [`${what} was sold as ${unordered}, and nobody asked for that`];
    if (!isLive(hold, now)) return [];
    const claims = cart.phase === 'accepted' && cart.ended === undefined;
    const isClaimed = claims && cart.claimed.some(({ reference }) => reference === hold.reference);
    return isClaimed ? [] : [`${what} lives, and its cart does not claim it`];
  }

  /** A cart that stands is held in full; one that has ended holds nothing, which stray holds tell. */
  #brokenCart(cart, now) {
    if (!isSettled(cart)) return ['stands open'];
    if (cart.phase !== 'accepted' || cart.ended !== undefined) return [];
    const holds = cart.claimed.map((claim) => this.holdOf(claim));
    const faults = [];
    if (holds.includes(undefined)) return ['claims a hold that was never made'];
    if (holds.some(({ end }) => end === 'cancelled' || end === 'moved'))
      faults.push('claims a hold that was given back');
    const live = holds.filter((hold) => isLive(hold, now));
    const lapsed = holds.filter((hold) => hold.end === 'expired' || (hold.end === undefined && !isLive(hold, now)));
    if (live.length > 0 && lapsed.length > 0) faults.push(`is half expired: ${lapsed.length} of ${holds.length} holds`);
    if (cart.confirmed && lapsed.length > 0) faults.push('is confirmed and has holds that expired');
    const confirmed = live.filter(({ expiresAt }) => expiresAt === null).length;
    if (confirmed !== (cart.confirmed ? live.length : 0))
      faults.push(`has ${confirmed} of ${live.length} holds confirmed`);
    if (!cart.confirmed && live.some(({ expiresAt }) => expiresAt !== cart.expiresAt)) {
      faults.push('has holds that end at another time than it does');
    }
    if (cart.missing.length > 0 && !cart.request.partial) faults.push('lacks units and is not partial');
    if (lapsed.length === 0) faults.push(...this.#wrongUnits(cart));
    return faults;
  }

  /** Of each line what is sold and what is held add up to what was asked for, less what was missing from the start. */
  #wrongUnits(cart) {
    const faults = [];
    for (const { index, quantity, source } of cart.request.lines) {
      const ofLine = ({ line }) => line === index;
      const missing = cart.missing.filter((short) => short.index === index);
      const claimed = cart.claimed.filter(ofLine);
      const everMade = [...cart.named.values()]
        .filter(ofLine)
        .map((hold) => this.holdOf(hold))
        .filter(Boolean);
      const sold = everMade.reduce((sum, hold) => sum + soldOf(hold), 0);
      const left = claimed.reduce((sum, claim) => sum + this.holdOf(claim).left, 0);
      const accepted = cart.accepted.holds.filter(ofLine).reduce((sum, hold) => sum + hold.quantity, 0);
      if (sold + left !== accepted) faults.push(`line ${index}: ${sold} sold and ${left} held of ${accepted}`);
      if (accepted < quantity ? missing.length === 0 : missing.length > 0 || accepted > quantity) {
        faults.push(`line ${index}: ${accepted} accepted of ${quantity}, and ${missing.length} shortfalls told`);
      }
      if (!cart.request.split && claimed.length > 1) faults.push(`line ${index} is split`);
      const allowed = [...(source.locations ?? [source.location]), ...cart.movedTo];
      if (claimed.some(({ location }) => !allowed.includes(location))) faults.push(`line ${index} is held elsewhere`);
    }
    return faults;
  }

  /** How the cart stands, in the words of the API. */
  statusOf(cart, now) {
    if (cart.phase !== 'accepted') return cart.phase;
    if (cart.ended !== undefined) return cart.ended;
    const holds = cart.claimed.map((claim) => this.holdOf(claim));
    if (holds.every(({ end }) => end === 'sold')) return 'fulfilled';
    if (!cart.confirmed && !holds.some((hold) => isLive(hold, now))) return 'expired';
    if (holds.some((hold) => soldOf(hold) > 0)) return 'partly-fulfilled';
    return cart.confirmed ? 'confirmed' : 'held';
  }

  /** The instant by which every hold that is not confirmed has ended, in milliseconds. */
  get lastExpiryAt() {
    const holds = [...this.stocks.values()].flatMap((stock) => [...stock.holds.values()]);
    return Math.max(0, ...holds.filter(({ end }) => end === undefined).map(({ expiresAt }) => expiresAt ?? 0));
  }

  /** `[place, {onHand, reserved, available}]` of all places, at the instant in milliseconds. */
  figures(now) {
    return [...this.stocks].map(([place, { onHand, holds }]) => {
      const live = [...holds.values()].filter((hold) => isLive(hold, now));
      const reserved = live.reduce((sum, { left }) => sum + left, 0);
      return [place, { onHand, reserved, available: onHand - reserved }];
    });
  }
}

/** Units of a hold that were to be handed over by the fulfilment that a sale is named after. */
function ordered(cart, { reference }, sale) {
  const parts = sale.startsWith(`${reference}/`) ? cart.fulfilments.get(sale.slice(reference.length + 1)) : undefined;
  return parts?.find(({ hold }) => hold === reference)?.quantity ?? 0;
}

const isLive = ({ end, expiresAt }, now) => end === undefined && (expiresAt === null || expiresAt > now);
