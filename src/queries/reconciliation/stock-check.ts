import { decodeStockEvent } from '../../domain/stock/codec.js';
import { isMovement } from '../../domain/stock/events.js';
import { onHandChange } from '../../domain/stock/state.js';
import type { Valued } from '../../domain/valuation/events.js';
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

interface Change {
  readonly revision: number;
  readonly units: number;
}

interface Cell {
  /** Units of all dispositions, as far as they are valued. */
  units: number;
  /** Movements that are not valued yet, oldest first. */
  waiting: Change[];
  differs: UnitsDiffer | undefined;
}

/** Follows stock streams and their valuations side by side. */
export class StockCheck {
  /** Of the newest stock event taken. */
  position: Position = START;
  private readonly cells = new Map<string, Cell>();

  /** An event of a stock stream. */
  takeStock({ stream, revision, position, ...stored }: RecordedEvent): void {
    this.position = position;
    const event = decodeStockEvent(stored);
    if (!isMovement(event)) return;
    const { sellable = 0, quarantine = 0, damaged = 0 } = onHandChange(event);
    const units = sellable + quarantine + damaged;
    if (units !== 0) this.cell(stream).waiting.push({ revision, units });
  }

  takeValued(key: StockKey, stream: string, { source, after }: Valued): void {
    const cell = this.cell(stream);
    const behind = cell.waiting.findIndex(({ revision }) => revision > source.revision);
    for (const { units } of cell.waiting.splice(0, behind < 0 ? cell.waiting.length : behind)) cell.units += units;
    if (cell.units === after.quantity) return;
    const { revision, eventId } = source;
    cell.differs ??= { ...key, stock: cell.units, valued: after.quantity, revision, eventId };
  }

  get compared(): number {
    return this.cells.size;
  }

  get differing(): readonly UnitsDiffer[] {
    return [...this.cells.values()].flatMap(({ differs }) => differs ?? []);
  }

  /** Movements that nobody has valued yet. */
  get notValued(): number {
    let movements = 0;
    for (const { waiting } of this.cells.values()) movements += waiting.length;
    return movements;
  }

  /** Units of all dispositions, by SKU and location. */
  *units(): Generator<StockKey & { readonly units: number }> {
    for (const [stream, { units, waiting }] of this.cells) {
      yield { ...stockKeyOf(stream), units: waiting.reduce((sum, change) => sum + change.units, units) };
    }
  }

  private cell(stream: string): Cell {
    let cell = this.cells.get(stream);
    if (cell === undefined) {
      cell = { units: 0, waiting: [], differs: undefined };
      this.cells.set(stream, cell);
    }
    return cell;
  }
}
