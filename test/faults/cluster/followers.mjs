// Subscribers that go on behind what they have dealt with whenever they fail, as a projection does.

import { setTimeout as sleep } from 'node:timers/promises';

export class Followers {
  stopping = new AbortController();

  /** @param after where they begin: what others wrote before is none of theirs */
  constructor(store, prefix, { count, after, isUnavailable }) {
    const { signal } = this.stopping;
    this.each = Array.from({ length: count }, () => new Follower(store, prefix, { after, isUnavailable, signal }));
  }

  /** Waits until each has seen so many events, then ends them. */
  async seen(total, timeoutMs) {
    const giveUpAt = Date.now() + timeoutMs;
    while (this.each.some(({ events }) => events < total) && Date.now() < giveUpAt) await sleep(100);
    this.stopping.abort();
    await Promise.all(this.each.map(({ running }) => running));
    return this.each.map(({ events, disorders, resumptions }) => ({ missed: total - events, disorders, resumptions }));
  }

  takeGap() {
    return Math.max(...this.each.map((follower) => follower.takeGap()));
  }
}

class Follower {
  events = 0;
  /** Events that came twice, or out of their order. */
  disorders = 0;
  resumptions = 0;
  lastAt = performance.now();
  gapMs = 0;
  next = new Map();

  constructor(store, prefix, { after, isUnavailable, signal }) {
    Object.assign(this, { store, prefix, isUnavailable });
    this.running = this.follow(after, signal);
  }

  takeGap() {
    const gap = Math.max(this.gapMs, performance.now() - this.lastAt);
    this.gapMs = 0;
    return gap;
  }

  async follow(begin, signal) {
    let after = begin;
    while (!signal.aborted) {
      try {
        for await (const batch of this.store.subscribe({ after, streamPrefixes: [this.prefix], signal })) {
          for (const event of batch.events) this.look(event);
          after = batch.position;
        }
      } catch (error) {
        if (!this.isUnavailable(error)) throw error;
        this.resumptions += 1;
        await sleep(50);
      }
    }
  }

  look({ stream, revision }) {
    const now = performance.now();
    this.gapMs = Math.max(this.gapMs, now - this.lastAt);
    this.lastAt = now;
    if (revision !== (this.next.get(stream) ?? 0)) this.disorders += 1;
    this.next.set(stream, revision + 1);
    this.events += 1;
  }
}
