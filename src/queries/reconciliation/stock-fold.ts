import { decodeStockEvent } from '../../domain/stock/codec.js';
import { isMovement } from '../../domain/stock/events.js';
import { onHandChange } from '../../domain/stock/state.js';
import type { Valued } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import { type StockKey, stockKeyOf } from '../../domain/values/identifiers.js';
import { type Position, type RecordedEvent, START } from '../../ports/event-store.js';

/** The first movement after which stock and valuation count another number of units. */
export interface UnitsDiffer extends StockKey {
  readonly stock: number;
  readonly valued: number;
  /** In the stock stream, and its event there. */
  readonly revision: number;
  readonly eventId: string;
}

/** A valuation that does not add up. */
export interface ValueDiffers extends StockKey {
  /**
   * `value`: the value after it is not the one before with its change. `postings`: their inventory lines are not the
   * change of value. `balance`: the lines of a posting do not sum to 0.
   */
  readonly what: 'value' | 'postings' | 'balance';
  readonly currency: Currency;
  /** In minor units. */
  readonly expected: bigint;
  readonly found: bigint;
  readonly revision: number;
  readonly eventId: string;
}

/** Value that a replay under other rules has changed, and not yet posted. */
export interface ValueUnposted extends StockKey {
  readonly currency: Currency | null;
  /** In minor units. */
  readonly amount: bigint;
}

interface Units {
  /** Of all dispositions. */
  readonly units: number;
  /** Of these the damaged ones. */
  readonly damaged: number;
}

interface Change extends Units {
  readonly revision: number;
}

/** First in, first out, however many wait. */
class WaitingChanges {
  private changes: Change[] = [];
  private next = 0;

  push(change: Change): void {
    this.changes.push(change);
  }

  /** All up to a revision, which no longer wait. */
  takeUpTo(revision: number): Units {
    let [units, damaged] = [0, 0];
    for (let one = this.changes[this.next]; one !== undefined && one.revision <= revision; ) {
      units += one.units;
      damaged += one.damaged;
      this.next += 1;
      one = this.changes[this.next];
    }
    if (this.next > this.changes.length / 2) {
      this.changes = this.changes.slice(this.next);
      this.next = 0;
    }
    return { units, damaged };
  }

  get length(): number {
    return this.changes.length - this.next;
  }

  *[Symbol.iterator](): Generator<Change> {
    for (let index = this.next; index < this.changes.length; index += 1) yield this.changes[index] as Change;
  }
}

interface Cell {
  /** Units of all dispositions, as far as they are valued. */
  units: number;
  /** Of these the damaged ones. */
  damaged: number;
  /** What they are worth, in minor units. */
  value: bigint;
  /** As {@link ValueUnposted}. */
  unposted: bigint;
  /** Movements that are not valued yet, oldest first; undefined when there is none. */
  waiting: WaitingChanges | undefined;
  differs: boolean;
  currency: Currency | null;
}

/** Follows stock streams and their valuations side by side. Takes in events in the order of the store. */
export class StockFold {
  /** Of the newest stock event taken. */
  position: Position = START;
  private readonly cells = new Map<string, Cell>();
  readonly differing: UnitsDiffer[] = [];
  readonly values: ValueDiffers[] = [];

  /** An event of a stock stream. */
  takeStock({ stream, revision, position, ...stored }: RecordedEvent): void {
    this.position = position;
    const event = decodeStockEvent(stored);
    if (!isMovement(event)) return;
    const { sellable = 0, quarantine = 0, damaged = 0 } = onHandChange(event);
    const units = sellable + quarantine + damaged;
    if (units === 0 && damaged === 0) return;
    const cell = this.cell(stream);
    cell.waiting ??= new WaitingChanges();
    cell.waiting.push({ revision, units, damaged });
  }

  /** @param stream the stock stream that it is of */
  takeValued(key: StockKey, stream: string, valued: Valued): void {
    const cell = this.cell(stream);
    this.compareUnits(key, cell, valued);
    this.compareValue(key, cell, valued);
  }

  get compared(): number {
    return this.cells.size;
  }

  /** Movements that nobody has valued yet. */
  get notValued(): number {
    let movements = 0;
    for (const { waiting } of this.cells.values()) movements += waiting?.length ?? 0;
    return movements;
  }

  /** Units of all dispositions, by SKU and location. */
  *units(): Generator<StockKey & { readonly units: number }> {
    for (const [stream, { units, waiting }] of this.cells) {
      let all = units;
      for (const change of waiting ?? []) all += change.units;
      yield { ...stockKeyOf(stream), units: all };
    }
  }

  /** What replays under other rules have changed, and not yet posted: none when they have come to an end. */
  *unposted(): Generator<ValueUnposted> {
    for (const [stream, { unposted: amount, currency }] of this.cells) {
      if (amount !== 0n) yield { ...stockKeyOf(stream), currency, amount };
    }
  }

  /** What {@link restore} takes, without line ends. */
  *lines(): Generator<string> {
    for (const [stream, { units, damaged, value, unposted, currency, waiting, differs }] of this.cells) {
      const behind = [...(waiting ?? [])].flatMap((change) => [change.revision, change.units, change.damaged]);
      yield `C${[stream, units, value, damaged, unposted, currency ?? '-', differs ? 1 : 0, ...behind].join(' ')}`;
    }
    for (const one of this.differing) yield `U${JSON.stringify(one)}`;
    for (const { expected, found, ...one } of this.values) yield `V${expected} ${found} ${JSON.stringify(one)}`;
    yield `A${this.position}`;
  }

  restore(line: string): void {
    const rest = line.slice(1);
    const words = rest.split(' ');
    if (line.startsWith('A')) this.position = BigInt(rest);
    else if (line.startsWith('U')) this.differing.push(JSON.parse(rest) as UnitsDiffer);
    else if (line.startsWith('V')) {
      const [expected = '0', found = '0', ...json] = words;
      const one = JSON.parse(json.join(' ')) as Omit<ValueDiffers, 'expected' | 'found'>;
      this.values.push({ ...one, expected: BigInt(expected), found: BigInt(found) });
    } else {
      const [stream = '', units, value = '0', damaged, unposted = '0', currency = '-', differs, ...behind] = words;
      const waiting = behind.length === 0 ? undefined : new WaitingChanges();
      for (let index = 0; index < behind.length; index += 3) {
        const [revision = 0, some = 0, broken = 0] = behind.slice(index, index + 3).map(Number);
        waiting?.push({ revision, units: some, damaged: broken });
      }
      this.cells.set(stream, {
        units: Number(units),
        damaged: Number(damaged),
        value: BigInt(value),
        unposted: BigInt(unposted),
        currency: currency === '-' ? null : (currency as Currency),
        waiting,
        differs: differs === '1',
      });
    }
  }

  private compareUnits(key: StockKey, cell: Cell, { source, after }: Valued): void {
    const { revision, eventId } = source;
    const done = cell.waiting?.takeUpTo(revision);
    cell.units += done?.units ?? 0;
    cell.damaged += done?.damaged ?? 0;
    if (cell.waiting?.length === 0) cell.waiting = undefined;
    // Damaged goods are no part of what is valued where they are written off.
    const stock = after.terms.damaged === 'keep' ? cell.units : cell.units - cell.damaged;
    if (stock === after.quantity || cell.differs) return;
    cell.differs = true;
    this.differing.push({ ...key, stock, valued: after.quantity, revision, eventId });
  }

  private compareValue(key: StockKey, cell: Cell, valued: Valued): void {
    const { source, after, valueChange, currency, postings, revaluation } = valued;
    const { revision, eventId } = source;
    const expected = cell.value + valueChange;
    cell.value = after.value;
    if (currency === null) return;
    cell.currency = currency;
    const differs = (what: ValueDiffers['what'], right: bigint, found: bigint) => {
      if (right !== found) this.values.push({ ...key, what, currency, expected: right, found, revision, eventId });
    };
    differs('value', expected, after.value);
    let inventory = 0n;
    for (const { lines } of postings) {
      let balance = 0n;
      for (const { role, amount } of lines) {
        balance += amount;
        if (role === 'inventory') inventory += amount;
      }
      differs('balance', 0n, balance);
    }
    // A replay under other rules changes the value first, and posts it movement by movement.
    if (revaluation === undefined) differs('postings', valueChange, inventory);
    else cell.unposted += valueChange - inventory;
  }

  private cell(stream: string): Cell {
    let cell = this.cells.get(stream);
    if (cell === undefined) {
      cell = { units: 0, damaged: 0, value: 0n, unposted: 0n, waiting: undefined, differs: false, currency: null };
      this.cells.set(stream, cell);
    }
    return cell;
  }
}
