import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

const ANSWER_WITHIN_MS = 30_000;
const RETRY_MS = 250;
const GIVE_UP_AFTER_MS = 90_000;

/** What all customers of a round share: the shop, and what happened to them on the way. */
export class Market {
  inFlight = 0;
  answers = 0;
  /** Requests that were sent and never answered. */
  lost = 0;
  /** Requests sent again after their answer was lost. */
  resent = 0;
  /** Requests for which nobody was there. */
  nobodyThere = 0;
  /** Answers to try again: 503, or another change is under way. */
  later = 0;
  /** Reservations that were too slow for their own time to live. */
  tooSlow = 0;
  /** Once true nobody asks again what got no answer. */
  closing = false;
  #agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });

  constructor(addresses, key) {
    this.addresses = addresses;
    this.key = key;
  }

  close() {
    this.#agent.destroy();
  }

  /** @throws an error with code ECONNREFUSED when nothing was sent, another one when the answer was lost */
  async send(address, method, path, body) {
    const text = body === undefined ? '' : JSON.stringify(body);
    const headers = {
      authorization: `Bearer ${this.key}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(text) }),
    };
    const options = { method, agent: this.#agent, headers, timeout: ANSWER_WITHIN_MS };
    this.inFlight += 1;
    try {
      return await new Promise((resolve, reject) => {
        const sent = request(`${address}${path}`, options, (answer) => {
          const chunks = [];
          answer.on('data', (chunk) => chunks.push(chunk));
          answer.on('error', reject);
          answer.on('end', () => resolve({ status: answer.statusCode, body: parsed(Buffer.concat(chunks)) }));
        });
        sent.on('timeout', () => sent.destroy(new Error(`no answer in ${ANSWER_WITHIN_MS} ms`)));
        sent.on('error', reject);
        sent.end(text);
      });
    } finally {
      this.inFlight -= 1;
    }
  }
}

const parsed = (bytes) => (bytes.length === 0 ? undefined : JSON.parse(bytes.toString()));

/** Reserves one cart and changes it, on whatever instance answers; remembers all that it was told. */
export class Customer {
  /** The first answer to its reservation: 201, 200 or a refusal. */
  reserved;
  /** `{change, status, body}` of each change that was answered. */
  changed = [];
  /** Changes of which it was told nothing before it walked away. */
  unanswered = [];
  #market;
  #instance;

  constructor(wish, market, instance) {
    this.wish = wish;
    this.#market = market;
    this.#instance = instance;
  }

  get reference() {
    return this.wish.body.reference;
  }

  async shop() {
    const { journey, pauseMs } = this.wish;
    await this.#reserve();
    if (this.reserved?.status !== 201 && this.reserved?.status !== 200) return;
    for (const changes of journey) {
      await sleep(pauseMs());
      await Promise.all(changes.map((change) => this.#change(change)));
      if (this.unanswered.length > 0) return;
    }
  }

  /** Asks again what it was told nothing of. */
  async comeBack() {
    if (this.reserved === undefined) await this.#reserve();
    await Promise.all(this.unanswered.splice(0).map((change) => this.#change(change)));
  }

  /** The answer to the same reservation once more. */
  askAgain() {
    return this.#ask('/v1/reservations', this.wish.body);
  }

  look() {
    return this.#market.send(this.#address(), 'GET', `/v1/reservations/${this.reserved.body.id}`);
  }

  /** A time to live that was over before all was held is no decision: the same request may still have a good answer. */
  async #reserve() {
    let answer = await this.askAgain();
    while (answer?.body.code === 'reservation-ended') {
      this.#market.tooSlow += 1;
      answer = await this.askAgain();
    }
    this.reserved = answer;
  }

  async #change(change) {
    const { kind, ...body } = change;
    const answer = await this.#ask(`/v1/reservations/${this.reserved.body.id}/${kind}`, body);
    if (answer === undefined) this.unanswered.push(change);
    else this.changed.push({ change, ...answer });
  }

  /** Undefined when it walked away. A lost answer is asked for again, of the other instance. */
  async #ask(path, body) {
    const market = this.#market;
    const giveUpAt = Date.now() + GIVE_UP_AFTER_MS;
    while (Date.now() < giveUpAt) {
      try {
        const answer = await market.send(this.#address(), 'POST', path, body);
        market.answers += 1;
        if (answer.status !== 503 && answer.body?.code !== 'reservation-pending') return answer;
        market.later += 1;
      } catch (error) {
        if (error.code === 'ECONNREFUSED') market.nobodyThere += 1;
        else {
          market.lost += 1;
          if (market.closing || this.wish.walksAway) return undefined;
          market.resent += 1;
        }
        if (market.closing) return undefined;
        this.#instance += 1;
      }
      await sleep(RETRY_MS * (0.5 + Math.random()));
    }
    throw new Error(`${this.reference}: no answer to ${path} in ${GIVE_UP_AFTER_MS} ms`);
  }

  #address() {
    const { addresses } = this.#market;
    return addresses[this.#instance % addresses.length];
  }
}
