import { partitionOf } from '../../../domain/delivery/partitions.js';
import { IdIndex } from '../../../domain/id-index.js';
import { eventId } from '../../../domain/values/event-id.js';
import { stockKeyOf } from '../../../domain/values/identifiers.js';
import type { ValuedPostings } from '../../../ports/postings-book.js';
import { NumberColumn } from './number-column.js';

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** The index takes uuids only; the ref of a second part is none. */
const keyOf = (ref: string): string => (UUID.test(ref) ? ref : eventId('posting-ref', ref));

/** Every posting by its ordinal, in columns: some 60 bytes each, and the names of the streams once. */
export class PostingTable {
  private readonly index = new IdIndex();
  private readonly names: string[] = [];
  /** Of each stream: looked at far more often than worked out. */
  private readonly partitions: number[] = [];
  private readonly ordinals = new Map<string, number>();
  private readonly streams = new NumberColumn(Uint32Array);
  private readonly revisions = new NumberColumn(Uint32Array);
  private readonly parts = new NumberColumn(Uint32Array);
  private readonly positions = new NumberColumn(Float64Array);
  private readonly times = new NumberColumn(Float64Array);
  /** The first 8 bytes of each ref's key, which the index knows it by. */
  private readonly keysHigh = new NumberColumn(Uint32Array);
  private readonly keysLow = new NumberColumn(Uint32Array);

  private readonly columns = [
    ...[this.streams, this.revisions, this.parts, this.positions],
    ...[this.times, this.keysHigh, this.keysLow],
  ];

  get size(): number {
    return this.streams.length;
  }

  add({ stream, revision, position, at, refs }: ValuedPostings): void {
    const number = this.streamNumber(stream);
    for (const [part, ref] of refs.entries()) {
      const [high, low] = halves(keyOf(ref));
      this.index.addHalves(high, low, this.size);
      this.revisions.push(revision);
      this.parts.push(part);
      this.positions.push(Number(position));
      this.times.push(at);
      this.keysHigh.push(high);
      this.keysLow.push(low);
      this.streams.push(number);
    }
  }

  /** Postings from one ordinal to another as text, a word for each column. */
  encoded(from: number, to: number): string {
    return this.columns.map((column) => column.encoded(from, to)).join(' ');
  }

  /** Appends what {@link encoded} gave. */
  addEncoded(text: string): void {
    const from = this.size;
    for (const [index, word] of text.split(' ').entries()) this.columns[index]?.pushEncoded(word);
    for (let ordinal = from; ordinal < this.size; ordinal += 1) {
      this.index.addHalves(this.keysHigh.at(ordinal), this.keysLow.at(ordinal), ordinal);
    }
  }

  get streamCount(): number {
    return this.names.length;
  }

  streamName = (number: number): string => this.names[number] ?? '';

  /** The ordinal that a ref probably has: reading the posting proves it. */
  find(ref: string): number | undefined {
    return this.index.revisionOf(keyOf(ref));
  }

  stream(ordinal: number): string {
    return this.names[this.streams.at(ordinal)] ?? '';
  }

  partition = (ordinal: number): number => this.partitions[this.streams.at(ordinal)] ?? 0;
  revision = (ordinal: number): number => this.revisions.at(ordinal);
  part = (ordinal: number): number => this.parts.at(ordinal);
  position = (ordinal: number): number => this.positions.at(ordinal);
  at = (ordinal: number): number => this.times.at(ordinal);

  addStream(stream: string): number {
    this.names.push(stream);
    this.partitions.push(partitionOf(stockKeyOf(stream).sku));
    this.ordinals.set(stream, this.names.length - 1);
    return this.names.length - 1;
  }

  private streamNumber(stream: string): number {
    const known = this.ordinals.get(stream);
    if (known !== undefined) return known;
    return this.addStream(stream);
  }
}

const halves = (id: string): readonly [number, number] => [
  Number.parseInt(id.slice(0, 8), 16),
  Number.parseInt(id.slice(9, 13) + id.slice(14, 18), 16),
];
