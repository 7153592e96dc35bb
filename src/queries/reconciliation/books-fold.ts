import { deliveryStreamsOf, partitionNamedBy } from '../../domain/delivery/partitions.js';
import { decodeValued, VALUED } from '../../domain/valuation/codec.js';
import { concerns, type Posting } from '../../domain/valuation/events.js';
import { stockKeyOf, stockStream } from '../../domain/values/identifiers.js';
import type { CheckpointContent } from '../../ports/checkpoint.js';
import { type EventStore, type Position, type RecordedEvent, START } from '../../ports/event-store.js';
import { valuedSince } from '../../streams/posting-reader.js';
import { DeliveriesFold } from './deliveries-fold.js';
import { encodePosting } from './known-posting.js';
import { LineSums } from './line-sums.js';
import { StockFold } from './stock-fold.js';

/** Name and version of the form of its lines. */
export const BOOKS_FORMAT = 'stockfold-books-2';

const STOCK = 'stock-';
const VALUATION = 'valuation-';

/**
 * Stock, valuations and the deliveries of connectors, by their names, folded in the order of the store: what is valued
 * stands before what is delivered of it.
 */
export class BooksFold {
  /** Everything up to here has been read. */
  position: Position = START;
  readonly stock = new StockFold();
  /** All postings, by their own days. */
  readonly valued = new LineSums();
  readonly deliveries: ReadonlyMap<string, DeliveriesFold>;

  /** @param deliveries what is told of each connector's */
  constructor(deliveries: Iterable<readonly [string, DeliveriesFold]>) {
    this.deliveries = new Map(deliveries);
  }

  static of(connectors: readonly string[]): BooksFold {
    return new BooksFold(connectors.map((name) => [name, new DeliveriesFold()]));
  }

  get streamPrefixes(): readonly string[] {
    return [STOCK, VALUATION, ...[...this.deliveries.keys()].map(deliveryStreamsOf)];
  }

  /** Reads what is new, up to where the store ends now, or up to another place. */
  async readOn(store: EventStore, upTo?: Position): Promise<void> {
    const { streamPrefixes } = this;
    const head = upTo ?? (await store.head(streamPrefixes));
    if (head <= this.position) return;
    for await (const recorded of store.readAll({ after: this.position, streamPrefixes })) {
      if (recorded.position > head) break;
      this.take(recorded);
      this.position = recorded.position;
    }
    this.position = head;
  }

  private take(recorded: RecordedEvent): void {
    const { stream } = recorded;
    if (stream.startsWith(STOCK)) this.stock.takeStock(recorded);
    else if (!stream.startsWith(VALUATION))
      this.deliveries.get(partitionNamedBy(stream).connector)?.takeDelivery(recorded);
    else if (recorded.type === VALUED) this.takeValued(recorded);
  }

  private takeValued({ stream, data, metadata }: RecordedEvent): void {
    const key = stockKeyOf(stream);
    const valued = decodeValued(data);
    this.stock.takeValued(key, stockStream(key), valued);
    const { source, postings } = valued;
    for (const posting of postings) {
      this.addLines(posting);
      if (this.deliveries.size === 0) continue;
      const encoded = encodePosting({ ...key, ...posting, source, recordedAt: valuedSince(metadata) });
      for (const [connector, fold] of this.deliveries) {
        if (concerns(posting, connector)) fold.takePosting(posting.ref, encoded);
      }
    }
  }

  /** What concerns one connector alone is no part of what is valued for all. */
  private addLines({ lines, currency, date, reclassification }: Posting): void {
    const { connector } = reclassification ?? {};
    const sums = connector === undefined ? this.valued : this.deliveries.get(connector)?.reclassified;
    for (const line of lines) sums?.add(line, currency, date);
  }

  /** As it is now: what is read meanwhile does not touch it. */
  content(): CheckpointContent {
    return { progress: [this.position.toString(), ...this.deliveries.keys()], lines: [...this.lines()] };
  }

  /** Undefined when it is of other connectors. */
  static restored({ progress, lines }: CheckpointContent, connectors: readonly string[]): BooksFold | undefined {
    const [position = '0', ...names] = progress;
    if (names.join(' ') !== connectors.join(' ')) return undefined;
    const fold = BooksFold.of(connectors);
    for (const line of lines) fold.restore(line);
    fold.position = BigInt(position);
    return fold;
  }

  /** Every line says one thing, so that two folds are the same when their lines are, in any order. */
  *lines(): Generator<string> {
    for (const line of this.stock.lines()) yield `${STOCK} ${line}`;
    for (const line of this.valued.lines()) yield `${VALUATION} ${line}`;
    for (const [name, fold] of this.deliveries) for (const line of fold.lines()) yield `${name} ${line}`;
  }

  private restore(line: string): void {
    const blank = line.indexOf(' ');
    const name = line.slice(0, blank);
    const rest = line.slice(blank + 1);
    if (name === STOCK) this.stock.restore(rest);
    else if (name === VALUATION) this.valued.restore(rest);
    else this.deliveries.get(name)?.restore(rest);
  }
}

/** What one fold says and the other does not. */
export function foldDifferences(one: BooksFold, other: BooksFold): readonly string[] {
  const lines = new Set(one.lines());
  const differing: string[] = [];
  for (const line of other.lines()) if (!lines.delete(line)) differing.push(line);
  return [...differing, ...lines];
}
