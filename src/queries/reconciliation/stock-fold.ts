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

interface Change {
  readonly revision: number;
  readonly units: number;
}

/** First in, first out, however many wait. */
class WaitingChanges {
  private changes: Change[] = [];
  private next = 0;

  push(change: Change): void {
    this.changes.push(change);
  }

  /** Units of all up to a revision, which no longer wait. */
  takeUpTo(revision: number): number {
    let units = 0;
    for (let one = this.changes[this.next]; one !== undefined && one.revision <= revision; ) {
      units += one.units;
      this.next += 1;
      one = this.changes[this.next];
    }
    if (this.next > this.changes.length / 2) {
      this.changes = this.changes.slice(this.next);
      this.next = 0;
    }
    return units;
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
  /** What they are worth, in minor units. */
  value: bigint;
  /** Movements that are not valued yet, oldest first; undefined when there is none. */
  waiting: WaitingChanges | undefined;
  differs: boolean;
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
    if (units === 0) return;
    const cell = this.cell(stream);
    cell.waiting ??= new WaitingChanges();
    cell.waiting.push({ revision, units });
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

  /** What {@link restore} takes, without line ends. */
  *lines(): Generator<string> {
    for (const [stream, { units, value, waiting, differs }] of this.cells) {
      const behind = [...(waiting ?? [])].flatMap((change) => [change.revision, change.units]);
      yield `C${[stream, units, value, differs ? 1 : 0, ...behind].join(' ')}`;
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
      const [stream = '', units, value = '0', differs, ...behind] = words;
      const waiting = behind.length === 0 ? undefined : new WaitingChanges();
      for (let index = 0; index < behind.length; index += 2) {
        waiting?.push({ revision: Number(behind[index]), units: Number(behind[index + 1]) });
      }
      this.cells.set(stream, { units: Number(units), value: BigInt(value), waiting, differs: differs === '1' });
    }
  }

  private compareUnits(key: StockKey, cell: Cell, { source, after }: Valued): void {
    const { revision, eventId } = source;
    cell.units += cell.waiting?.takeUpTo(revision) ?? 0;
    if (cell.waiting?.length === 0) cell.waiting = undefined;
    if (cell.units === after.quantity || cell.differs) return;
    cell.differs = true;
    this.differing.push({ ...key, stock: cell.units, valued: after.quantity, revision, eventId });
  }

  private compareValue(key: StockKey, cell: Cell, { source, after, valueChange, currency, postings }: Valued): void {
    const { revision, eventId } = source;
    const expected = cell.value + valueChange;
    cell.value = after.value;
    if (currency === null) return;
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
    differs('postings', valueChange, inventory);
  }

  private cell(stream: string): Cell {
    let cell = this.cells.get(stream);
    if (cell === undefined) {
      cell = { units: 0, value: 0n, waiting: undefined, differs: false };
      this.cells.set(stream, cell);
    }
    return cell;
  }
}
