import { decodeDelivery } from '../../domain/delivery/codec.js';
import type { JournalLine, Posting, ValuationSource } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import type { StockKey } from '../../domain/values/identifiers.js';
import type { RecordedEvent } from '../../ports/event-store.js';

/** A posting, and where it comes from. */
export interface KnownPosting extends Posting, StockKey {
  readonly source: Pick<ValuationSource, 'revision' | 'type' | 'movementId'>;
}

/** What an account holds of what was delivered, in one month. */
export interface AccountMonth {
  readonly account: string;
  readonly currency: Currency;
  /** `YYYY-MM` */
  readonly month: string;
  /** In minor units: debits less credits. */
  readonly balance: bigint;
}

export interface DeliveryCounts {
  readonly delivered: number;
  /** Valued and not delivered, whatever the reason; the parked ones are among them. */
  readonly pending: number;
  readonly parked: number;
  readonly writtenOff: number;
}

/** What one connector has delivered, as its delivery streams say, summed up by the accounts of its chart. */
export class DeliveriesCheck {
  private readonly waiting = new Map<string, KnownPosting>();
  private readonly parked = new Set<string>();
  private readonly sums = new Map<string, AccountMonth>();
  private delivered = 0;
  private writtenOff = 0;
  /** Delivered, and never valued: there is nothing that could have been delivered. */
  readonly strangers: string[] = [];

  constructor(
    private readonly accountOf: (line: JournalLine) => string,
    /** Told of each posting that was delivered, with the day on which it counts. */
    private readonly onDelivered: (posting: KnownPosting) => void = () => {},
  ) {}

  takePosting(posting: KnownPosting): void {
    this.waiting.set(posting.ref, posting);
  }

  /** An event of a delivery stream. */
  takeDelivery(recorded: RecordedEvent): void {
    const event = decodeDelivery(recorded);
    switch (event.type) {
      case 'Delivered':
        for (const ref of event.refs) this.deliver(ref, event.dates?.[ref]);
        break;
      case 'Parked':
        this.parked.add(event.ref);
        break;
      case 'WrittenOff':
        if (this.waiting.delete(event.ref)) this.writtenOff += 1;
        this.parked.delete(event.ref);
        break;
      case 'Retried':
      case 'Redated':
        this.parked.delete(event.ref);
        break;
      case 'Deferred':
      case 'WriteOffProposed':
        break;
    }
  }

  get counts(): DeliveryCounts {
    return {
      delivered: this.delivered,
      pending: this.waiting.size,
      parked: this.parked.size,
      writtenOff: this.writtenOff,
    };
  }

  get balances(): readonly AccountMonth[] {
    return [...this.sums.values()];
  }

  private deliver(ref: string, otherDate: string | undefined): void {
    const waiting = this.waiting.get(ref);
    this.parked.delete(ref);
    if (waiting === undefined) {
      this.strangers.push(ref);
      return;
    }
    this.waiting.delete(ref);
    this.delivered += 1;
    const posting = otherDate === undefined ? waiting : { ...waiting, date: otherDate };
    for (const line of posting.lines) this.add(posting, line);
    this.onDelivered(posting);
  }

  private add({ currency, date }: Posting, line: JournalLine): void {
    const account = this.accountOf(line);
    const month = date.slice(0, 7);
    const key = `${account} ${currency} ${month}`;
    const balance = (this.sums.get(key)?.balance ?? 0n) + line.amount;
    this.sums.set(key, { account, currency, month, balance });
  }
}
