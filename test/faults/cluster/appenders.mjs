// Appenders that never stop, and the ledger of what they were told: every acknowledgement with its place.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';

const SHARED_STREAMS = 4;

export class Appenders {
  /** What was acknowledged: by stream, ids in order of revision. */
  ledger = new Map();
  acknowledged = 0;
  /** Appends that the adapter gave up, later settled by the same append again. */
  unknown = 0;
  /** Several acknowledgements of one place, or of one event. */
  contradictions = [];
  stopped = false;
  lastAckAt = performance.now();
  gapMs = 0;

  constructor(store, prefix, { count, pauseMs, isUnavailable }) {
    Object.assign(this, { store, prefix, pauseMs, isUnavailable });
    // A quarter contend for a few streams, the others have one each.
    this.running = Array.from({ length: count }, (_, index) =>
      this.append(index % 4 === 0 ? `${prefix}shared-${(index / 4) % SHARED_STREAMS}` : `${prefix}own-${index}`),
    );
  }

  /** Longest time without an acknowledgement since this was asked last. */
  takeGap() {
    const gap = Math.max(this.gapMs, performance.now() - this.lastAckAt);
    this.gapMs = 0;
    return gap;
  }

  async stop() {
    this.stopped = true;
    await Promise.all(this.running);
  }

  async append(stream) {
    let revision = -1;
    while (!this.stopped) {
      const event = { id: randomUUID(), type: 'Happened', data: { text: 'x'.repeat(100) }, metadata: {} };
      revision = await this.settled(stream, revision, event);
      this.write(stream, revision, event.id);
      if (this.pauseMs > 0) await sleep(this.pauseMs * (0.5 + Math.random()));
    }
  }

  /** What is unknown is settled by the rule of the port: the same ids at the same expected revision again. */
  async settled(stream, revision, event) {
    let expected = revision;
    while (true) {
      try {
        const outcome = await this.store.append(stream, expected < 0 ? 'no-stream' : expected, [event]);
        if (outcome.status === 'appended') return outcome.revision;
        expected = outcome.revision;
      } catch (error) {
        if (!this.isUnavailable(error)) throw error;
        this.unknown += 1;
      }
    }
  }

  write(stream, revision, id) {
    const now = performance.now();
    this.gapMs = Math.max(this.gapMs, now - this.lastAckAt);
    this.lastAckAt = now;
    this.acknowledged += 1;
    const ids = this.ledger.get(stream) ?? [];
    this.ledger.set(stream, ids);
    if (ids[revision] !== undefined) this.contradictions.push(`${stream} ${revision} was acknowledged twice`);
    ids[revision] = id;
  }
}

/** Reads everything back and holds it against the ledger. */
export async function audit(store, { ledger, prefix, contradictions }) {
  const next = new Map();
  const seen = new Set();
  const found = { stored: 0, lost: 0, doubled: 0, gaps: 0, unasked: 0, contradictions: contradictions.length };
  for await (const { stream, revision, id } of store.readAll({ streamPrefixes: [prefix] })) {
    found.stored += 1;
    if (revision !== (next.get(stream) ?? 0)) found.gaps += 1;
    next.set(stream, revision + 1);
    if (seen.has(id)) found.doubled += 1;
    seen.add(id);
    const known = ledger.get(stream)?.[revision];
    if (known === undefined) found.unasked += 1;
    else if (known !== id) found.contradictions += 1;
  }
  for (const ids of ledger.values()) for (const id of ids) if (id !== undefined && !seen.has(id)) found.lost += 1;
  return found;
}
