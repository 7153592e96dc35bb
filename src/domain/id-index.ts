/**
 * Which revision an event id has in one stream: 12 bytes an id in an open-addressed table, so that a stream can
 * remember every id it ever saw. It keeps the first 8 bytes of an id; a hit must be verified by reading the event.
 */
export class IdIndex {
  private slots = 8;
  private table = new Uint32Array(this.slots * SLOT_WORDS);
  private used = 0;

  get size(): number {
    return this.used;
  }

  /** @param id a uuid or the beginning of one, in lower case with dashes. The first revision of an id stays. */
  add(id: string, revision: number): void {
    this.addHalves(high(id), low(id), revision);
  }

  /** The same, of the first 8 bytes of an id as two numbers. */
  addHalves(idHigh: number, idLow: number, revision: number): void {
    if ((this.used + 1) * 4 > this.slots * 3) this.grow();
    const slot = this.find(idHigh, idLow);
    if (this.table[slot + REVISION] !== 0) return;
    this.put(slot, idHigh, idLow, revision + 1);
    this.used += 1;
  }

  /** The same, but of several revisions the last stays. */
  replace(id: string, revision: number): void {
    this.add(id, revision);
    this.table[this.find(high(id), low(id)) + REVISION] = revision + 1;
  }

  /** The revision an event with this id probably has; undefined when there is certainly none. */
  revisionOf(id: string): number | undefined {
    const stored = this.table[this.find(high(id), low(id)) + REVISION] ?? 0;
    return stored === 0 ? undefined : stored - 1;
  }

  private find(idHigh: number, idLow: number): number {
    let slot = (idHigh ^ idLow) & (this.slots - 1);
    while (true) {
      const at = slot * SLOT_WORDS;
      if (this.table[at + REVISION] === 0) return at;
      if (this.table[at] === idHigh && this.table[at + 1] === idLow) return at;
      slot = (slot + 1) & (this.slots - 1);
    }
  }

  private grow(): void {
    const old = this.table;
    this.slots *= 2;
    this.table = new Uint32Array(this.slots * SLOT_WORDS);
    for (let at = 0; at < old.length; at += SLOT_WORDS) {
      const [idHigh = 0, idLow = 0, stored = 0] = [old[at], old[at + 1], old[at + REVISION]];
      if (stored !== 0) this.put(this.find(idHigh, idLow), idHigh, idLow, stored);
    }
  }

  private put(slot: number, idHigh: number, idLow: number, stored: number): void {
    this.table[slot] = idHigh;
    this.table[slot + 1] = idLow;
    this.table[slot + REVISION] = stored;
  }
}

const SLOT_WORDS = 3;
/** Word of a slot that holds revision + 1; 0 marks a free slot. */
const REVISION = 2;

const high = (id: string): number => Number.parseInt(id.slice(0, 8), 16) >>> 0;
const low = (id: string): number => Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16) >>> 0;
