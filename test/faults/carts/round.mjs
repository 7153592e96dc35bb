import { setTimeout as sleep } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
import { Books } from './check.mjs';
import { Customer, Market } from './customer.mjs';
import { otherAnswer, untrueAnswers } from './told.mjs';
import { LOCATIONS, LONGEST_TTL_SECONDS, openingUnits, skusOf, wishOf } from './wishes.mjs';

const RECOVERED_WITHIN_MS = 45_000;
const LOOK_EVERY_MS = 250;
const MODEL_WITHIN_MS = 15_000;
const ASKED_AT_ONCE = 50;

const ANSWERS_A_CART = 1.8;
const DONE_BEFORE_LAST = 0.65;
const KILL_AT_LATEST_MS = 8_000;
/** Timers may be early by a moment. */
const MOMENT_MS = 20;

/** One storm of customers over SKUs of its own, and what is found afterwards. */
export class Round {
  faults = [];
  #market;
  #customers = [];
  #kills = 0;
  #done = 0;
  #recoveredMs = 0;
  #finished = false;

  constructor(number, shop, record, random) {
    this.number = number;
    this.shop = shop;
    this.record = record;
    this.random = random;
    this.#market = new Market(shop.addresses, shop.key('storefront'));
  }

  /** Receives what the customers will want. */
  async stock(carts) {
    const occurredAt = new Date(Date.now() - 60_000).toISOString();
    const terms = { type: 'receipt', occurredAt, quantity: openingUnits(carts), unitCost: '1.00', currency: 'EUR' };
    const movements = skusOf(this.number).flatMap((sku) =>
      LOCATIONS.map((location) => ({ id: 'opening', sku, location, ...terms })),
    );
    const till = new Market(this.shop.addresses, this.shop.key('store'));
    const { status } = await till.send(this.shop.addresses[0], 'POST', '/v1/movements', { movements });
    till.close();
    if (status !== 200) throw new Error(`the opening stock was answered ${status}`);
  }

  /** All customers at once, and kills meanwhile; the last one ends both instances, and whoever waits goes home. */
  async storm(carts, kills) {
    const { number, random } = this;
    for (let cart = 1; cart <= carts; cart += 1) {
      this.#customers.push(new Customer(wishOf(number, cart, random), this.#market, cart));
    }
    const shopping = Promise.all(this.#customers.map((customer) => this.#serve(customer))).finally(() => {
      this.#finished = true;
    });
    const begunAt = Date.now();
    await Promise.all([shopping, this.#killWhile(kills)]);
    this.stormMs = Date.now() - begunAt;
  }

  async #serve(customer) {
    await customer.shop().catch((error) => this.faults.push(error.message));
    this.#done += 1;
  }

  /** Kills spread over the storm by what has been answered; the last one comes when most customers are done. */
  async #killWhile(kills) {
    const market = this.#market;
    const carts = this.#customers.length;
    const isDone = (share) => this.#done >= share * carts;
    for (let kill = 1; kill <= kills && !this.#finished; kill += 1) {
      const isLast = kill === kills;
      const answers = ((kill - this.random()) / kills) * carts * ANSWERS_A_CART;
      const latest = Date.now() + KILL_AT_LATEST_MS;
      const isDue = () => (isLast ? isDone(DONE_BEFORE_LAST) : market.answers >= answers) || Date.now() > latest;
      while (!this.#finished && !(isDue() && market.inFlight > 0)) await sleep(2);
      market.closing = isLast;
      this.#kill(isLast || this.random() < 0.2 ? [0, 1] : [this.random() < 0.5 ? 0 : 1]);
    }
    this.lastKillAt = Date.now();
  }

  #kill(victims) {
    for (const victim of victims) this.shop.kill(victim);
    this.#kills += victims.length;
  }

  /** Nobody asks for anything: the service alone ends what the kills have left open. */
  async recover() {
    await this.shop.ready();
    this.readyMs = Date.now() - this.lastKillAt;
    const deadline = this.lastKillAt + RECOVERED_WITHIN_MS;
    let books = await this.#read();
    this.leftOpen = books.unsettled.length;
    while (books.unsettled.length > 0 && Date.now() < deadline) {
      await sleep(LOOK_EVERY_MS);
      books = await this.#read();
    }
    this.#recoveredMs = Date.now() - this.lastKillAt;
    this.faults.push(...books.faults(Date.now()).map((fault) => `recovered: ${fault}`));
  }

  /** Those who were told nothing ask again, then everybody asks for the same once more. */
  async comeBack() {
    this.#market.closing = false;
    for (const customer of this.#customers) customer.wish.walksAway = false;
    await inTurns(this.#customers, (customer) => customer.comeBack());
    await inTurns(this.#customers, async (customer) => {
      this.faults.push(...otherAnswer(customer, await customer.askAgain()));
    });
    this.books = await this.#read();
    const { books } = this;
    this.faults.push(...books.faults(Date.now()).map((fault) => `afterwards: ${fault}`));
    for (const customer of this.#customers) {
      this.faults.push(...untrueAnswers(customer, books.carts.get(customer.reference)));
    }
    const accepted = [...books.carts.values()].filter(({ phase }) => phase === 'accepted');
    if (accepted.length === 0) this.faults.push('not one cart was accepted: that shows nothing');
    if (this.#market.lost === 0) this.faults.push('not one answer was lost: that shows nothing');
  }

  /** When the time of all holds is over only confirmed ones count, on every instance, with nothing written for it. */
  async outliveHolds() {
    const before = await this.#read();
    const leftMs = Math.max(0, before.lastExpiryAt - Date.now());
    const longestMs = (LONGEST_TTL_SECONDS + 1) * 1_000;
    if (leftMs > longestMs) this.faults.push(`a hold lives for ${leftMs} ms more, longer than anybody asked for`);
    await sleep(Math.min(leftMs, longestMs) + MOMENT_MS);
    const expected = before.figures(Date.now());
    for (const address of this.shop.addresses) this.faults.push(...(await this.#otherFigures(address, expected)));
    await inTurns(this.#customers, (customer) => this.#otherStatus(customer, before));
    this.#market.close();
    const written = await this.record.readOn();
    if (written > 0) this.faults.push(`${written} events were written though nobody asked for anything`);
  }

  async #otherFigures(address, expected) {
    const deadline = Date.now() + MODEL_WITHIN_MS;
    const shown = new Map();
    let differing = [];
    do {
      const request = { skus: skusOf(this.number), locations: LOCATIONS, detail: true };
      const { status, body } = await this.#market.send(address, 'POST', '/v1/availability', request);
      if (status !== 200) return [`availability was answered ${status}`];
      for (const { sku, locations } of body.items) {
        for (const { location, onHand, reserved, available } of locations) {
          shown.set(`${sku}@${location}`, { onHand, reserved, available });
        }
      }
      differing = expected.filter(([place, figures]) => !isDeepStrictEqual(shown.get(place), figures));
      if (differing.length > 0) await sleep(LOOK_EVERY_MS);
    } while (differing.length > 0 && Date.now() < deadline);
    const text = (figures) => JSON.stringify(figures);
    return differing.map(
      ([place, figures]) => `${place} is shown as ${text(shown.get(place))}, its stream says ${text(figures)}`,
    );
  }

  async #otherStatus(customer, books) {
    const cart = books.carts.get(customer.reference);
    if (cart?.accepted === undefined) return;
    const { status, body } = await customer.look();
    const expected = books.statusOf(cart, Date.now());
    if (status !== 200 || body.status !== expected) {
      this.faults.push(`${customer.reference} is shown as ${status} ${body.status}, its streams say ${expected}`);
    }
  }

  async #read() {
    await this.record.readOn();
    return new Books(
      this.record,
      this.number,
      this.#customers.map(({ reference }) => reference),
    );
  }

  /** Changes by kind: made, and refused by code. */
  changes() {
    const counts = {};
    for (const { change, status, body } of this.#customers.flatMap(({ changed }) => changed)) {
      counts[change.kind] ??= { made: 0 };
      const outcome = status === 200 ? 'made' : body.code;
      counts[change.kind][outcome] = (counts[change.kind][outcome] ?? 0) + 1;
    }
    return counts;
  }

  counts() {
    const answered = (status) => this.#customers.filter(({ reserved }) => status.includes(reserved?.status));
    const accepted = answered([200, 201]);
    const carts = [...this.books.carts.values()];
    const { lost, resent, nobodyThere, later, tooSlow } = this.#market;
    return {
      kills: this.#kills,
      accepted: accepted.length,
      'of those in part': accepted.filter(({ reserved }) => reserved.body.missing !== undefined).length,
      refused: answered([409]).length,
      'answers lost': lost,
      resent,
      'nobody there': nobodyThere,
      'asked later': later,
      'too slow': tooSlow,
      'given up': carts.reduce((sum, { attempts, interrupted }) => sum + attempts - 1 + interrupted, 0),
      'left open': this.leftOpen,
      'storm s': seconds(this.stormMs),
      'ready s': seconds(this.readyMs),
      'recovered s': seconds(this.#recoveredMs),
    };
  }
}

const seconds = (ms) => Math.round(ms / 100) / 10;

async function inTurns(items, one) {
  const waiting = [...items];
  const turn = async () => {
    for (let item = waiting.shift(); item !== undefined; item = waiting.shift()) await one(item);
  };
  await Promise.all(Array.from({ length: ASKED_AT_ONCE }, turn));
}
