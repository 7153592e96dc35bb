/** What appenders sent, and what they were told of it: the client's side of the story. */
import { binaryEvent, EventStoreDBClient, WrongExpectedVersionError } from '@eventstore/db-client';

/** An answer that has not come by then never will: the client gives no deadline to its appends. */
const ANSWER_TIMEOUT_MS = 15_000;
const SETTLED_AT_ONCE = 64;

/** One append as it was sent: `outcome` is `acknowledged`, `refused` (a wrong expected revision) or `unknown`. */
class Append {
  outcome = 'unknown';
  revision = undefined;

  constructor(stream, expected, events) {
    this.stream = stream;
    this.expected = expected;
    this.events = events;
  }

  async send(client) {
    const answer = client.appendToStream(this.stream, this.events, { expectedRevision: this.expected });
    // Whoever loses the race below may still be rejected later.
    answer.catch(() => undefined);
    let timer;
    const late = new Promise((_, reject) => {
      timer = setTimeout(() => reject(new Error('no answer')), ANSWER_TIMEOUT_MS);
    });
    try {
      this.revision = (await Promise.race([answer, late])).nextExpectedRevision;
      this.outcome = 'acknowledged';
    } catch (error) {
      if (!(error instanceof WrongExpectedVersionError)) throw error;
      this.outcome = 'refused';
      this.actual = error.actualVersion === 'no_stream' ? 'no_stream' : BigInt(error.actualVersion);
    } finally {
      clearTimeout(timer);
    }
  }
}

export class Ledger {
  appends = [];
  #heads = new Map();

  constructor(url, random, eventBytes = 600) {
    this.client = EventStoreDBClient.connectionString(url);
    this.random = random;
    this.eventBytes = eventBytes;
  }

  /** Appends to a stream, which others may do as well, until an answer stays out or `ended()`. */
  async appendUntil(stream, ended) {
    while (!ended()) {
      const append = this.#next(stream);
      try {
        await append.send(this.client);
      } catch {
        return;
      }
      this.#heads.set(stream, append.outcome === 'refused' ? append.actual : append.revision);
    }
  }

  /** Sends again, with the same ids and the same expected revision, whatever has no answer. @returns how many */
  async settle() {
    const open = new Map();
    for (const append of this.appends) {
      if (append.outcome !== 'unknown') continue;
      open.set(append.stream, [...(open.get(append.stream) ?? []), append]);
    }
    const lanes = [...open.values()];
    const settled = lanes.flat().length;
    const lane = async () => {
      for (let appends = lanes.pop(); appends !== undefined; appends = lanes.pop()) {
        for (const append of appends) await append.send(this.client);
      }
    };
    await Promise.all(Array.from({ length: SETTLED_AT_ONCE }, lane));
    return settled;
  }

  #next(stream) {
    const head = this.#heads.get(stream) ?? 'no_stream';
    const expected = this.random() < 0.125 ? 'any' : head;
    const events = Array.from({ length: 1 + Math.floor(this.random() * 3) }, () =>
      binaryEvent({
        type: 'Written',
        data: Buffer.alloc(Math.floor(this.random() * this.eventBytes), this.random() * 256),
      }),
    );
    const append = new Append(stream, expected, events);
    this.appends.push(append);
    return append;
  }
}
