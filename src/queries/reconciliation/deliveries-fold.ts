import { decodeDelivery } from '../../domain/delivery/codec.js';
import { worthOf } from '../../domain/delivery/worth.js';
import type { Currency } from '../../domain/values/currency.js';
import type { RecordedEvent } from '../../ports/event-store.js';
import { decodePosting, encodePosting, type KnownPosting } from './known-posting.js';
import { LineSums } from './line-sums.js';

/** Told of postings that come to an end. */
export interface PostingEnds {
  /** With the day on which it counts. */
  delivered?(posting: KnownPosting): void;
  writtenOff?(posting: KnownPosting): void;
}

/** What one connector has delivered, as its delivery streams say. Takes in events in the order of the store. */
export class DeliveriesFold {
  /** Postings that are not delivered, by ref, in the order of their valuations. */
  private readonly waiting = new Map<string, string>();
  private readonly parkedRefs = new Set<string>();
  /** By the day on which they count in the ERP. */
  readonly delivered = new LineSums();
  /**
   * What other days than their own have moved from one month into another; and of what has gone over to other accounts,
   * that it lay where it was until then. Sums to 0.
   */
  readonly redated = new LineSums();
  readonly writtenOff = new LineSums();
  /** What goes over to other accounts of this connector alone, by its own day. */
  readonly reclassified = new LineSums();
  private readonly writtenOffWorth = new Map<Currency, bigint>();
  private deliveredCount = 0;
  private writtenOffCount = 0;
  /** Delivered without having been valued, or delivered before: there is nothing that could have been delivered. */
  readonly strangers: string[] = [];

  constructor(private readonly onEnd: PostingEnds = {}) {}

  /** @param encoded as {@link encodePosting} gives it */
  takePosting(ref: string, encoded: string): void {
    this.waiting.set(ref, encoded);
  }

  /** An event of a delivery stream. */
  takeDelivery(recorded: RecordedEvent): void {
    const event = decodeDelivery(recorded);
    switch (event.type) {
      case 'Delivered':
        for (const ref of event.refs) this.deliver(ref, event.dates?.[ref]);
        break;
      case 'Parked':
        this.parkedRefs.add(event.ref);
        break;
      case 'WrittenOff':
        this.writeOff(event.ref);
        break;
      case 'Retried':
      case 'Redated':
        this.parkedRefs.delete(event.ref);
        break;
      case 'Deferred':
      case 'WriteOffProposed':
        break;
    }
  }

  /** Goes on whenever what is delivered does. */
  get moves(): number {
    return this.deliveredCount;
  }

  get counts() {
    return {
      delivered: this.deliveredCount,
      pending: this.waiting.size,
      parked: this.parkedRefs.size,
      writtenOff: this.writtenOffCount,
    };
  }

  /** Those that are not delivered, in the order of their valuations. */
  *open(): Generator<readonly [KnownPosting, 'waiting' | 'parked']> {
    for (const [ref, encoded] of this.waiting) yield [decodePosting(encoded), this.standing(ref) ?? 'waiting'];
  }

  /** Undefined for what is not on its way. */
  standing(ref: string): 'waiting' | 'parked' | undefined {
    if (!this.waiting.has(ref)) return undefined;
    return this.parkedRefs.has(ref) ? 'parked' : 'waiting';
  }

  /** What was at stake with all that were written off, in minor units. */
  get writeOffs(): ReadonlyMap<Currency, bigint> {
    return this.writtenOffWorth;
  }

  /** What {@link restore} takes, without line ends. */
  *lines(): Generator<string> {
    for (const line of this.delivered.lines()) yield `D${line}`;
    for (const line of this.redated.lines()) yield `R${line}`;
    for (const line of this.writtenOff.lines()) yield `O${line}`;
    for (const line of this.reclassified.lines()) yield `C${line}`;
    for (const encoded of this.waiting.values()) yield `P${encoded}`;
    for (const ref of this.parkedRefs) yield `K${ref}`;
    for (const ref of this.strangers) yield `S${ref}`;
    for (const [currency, worth] of this.writtenOffWorth) yield `W${currency} ${worth}`;
    yield `N${this.deliveredCount} ${this.writtenOffCount}`;
  }

  restore(line: string): void {
    const rest = line.slice(1);
    const [first = '', second = ''] = rest.split(' ', 2);
    if (line.startsWith('D')) this.delivered.restore(rest);
    else if (line.startsWith('R')) this.redated.restore(rest);
    else if (line.startsWith('O')) this.writtenOff.restore(rest);
    else if (line.startsWith('C')) this.reclassified.restore(rest);
    else if (line.startsWith('P')) this.waiting.set(decodePosting(rest).ref, rest);
    else if (line.startsWith('K')) this.parkedRefs.add(rest);
    else if (line.startsWith('S')) this.strangers.push(rest);
    else if (line.startsWith('W')) this.writtenOffWorth.set(first as Currency, BigInt(second));
    else [this.deliveredCount, this.writtenOffCount] = [Number(first), Number(second)];
  }

  private deliver(ref: string, otherDate: string | undefined): void {
    const posting = this.taken(ref);
    if (posting === undefined) {
      this.strangers.push(ref);
      return;
    }
    this.deliveredCount += 1;
    const { currency, date: ownDate, lines, reclassification } = posting;
    const date = otherDate ?? ownDate;
    for (const line of lines) {
      this.delivered.add(line, currency, date);
      if (date.slice(0, 7) === ownDate.slice(0, 7)) continue;
      this.redated.add(line, currency, date);
      this.redated.add({ ...line, amount: -line.amount }, currency, ownDate);
    }
    if (reclassification !== undefined) this.restate(posting, reclassification.period);
    this.onEnd.delivered?.({ ...posting, date });
  }

  /** Amounts are summed up where the present chart has them: until they went over they lay on other accounts. */
  private restate({ currency, lines }: KnownPosting, month: string): void {
    for (const line of lines) {
      const before = { ...line, amount: -line.amount };
      this.delivered.add(before, currency, month);
      this.redated.add(before, currency, month);
    }
  }

  private writeOff(ref: string): void {
    const posting = this.taken(ref);
    if (posting === undefined) return;
    this.writtenOffCount += 1;
    for (const line of posting.lines) this.writtenOff.add(line, posting.currency, posting.date);
    addWorth(this.writtenOffWorth, posting);
    this.onEnd.writtenOff?.(posting);
  }

  private taken(ref: string): KnownPosting | undefined {
    const encoded = this.waiting.get(ref);
    this.waiting.delete(ref);
    this.parkedRefs.delete(ref);
    return encoded === undefined ? undefined : decodePosting(encoded);
  }
}

/** Adds what is at stake with a posting. */
export function addWorth(sums: Map<Currency, bigint>, posting: KnownPosting): void {
  const { minor, currency } = worthOf(posting);
  sums.set(currency, (sums.get(currency) ?? 0n) + minor);
}
