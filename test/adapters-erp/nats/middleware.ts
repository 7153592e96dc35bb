import { connect, headers, type JetStreamManager, type NatsConnection, StringCodec } from 'nats';
import { NatsConnector, type NatsOptions } from '../../../src/adapters/erp/nats/nats-connector.js';
import { readNatsSettings } from '../../../src/adapters/erp/nats/settings.js';
import type { PostingMessage } from '../../../src/adapters/erp/posting-message.js';
import { storedCurrency } from '../../../src/domain/values/currency.js';
import { storedMoney } from '../../../src/domain/values/money.js';
import type { ErpBalance } from '../../../src/ports/erp.js';

export interface PublishedPosting {
  readonly subject: string;
  readonly id: string;
  readonly posting: PostingMessage;
}

const text = StringCodec();

/** Whoever reads what the connector has handed over. */
export class Middleware {
  private constructor(
    private readonly connection: NatsConnection,
    readonly manager: JetStreamManager,
    private readonly stream: string,
  ) {}

  static async on(url: string, stream: string): Promise<Middleware> {
    const connection = await connect({ servers: url });
    return new Middleware(connection, await connection.jetstreamManager(), stream);
  }

  /** Everything that is in the stream, in its order. */
  async postings(): Promise<readonly PublishedPosting[]> {
    const streams = await this.manager.streams.list().next();
    if (!streams.some(({ config }) => config.name === this.stream)) return [];
    const { state } = await this.manager.streams.info(this.stream);
    const sequences = Array.from({ length: state.messages }, (_, index) => state.first_seq + index);
    const messages = await Promise.all(sequences.map((seq) => this.manager.streams.getMessage(this.stream, { seq })));
    return messages.map(({ subject, header, data }) => ({
      subject,
      id: header.get('Nats-Msg-Id'),
      posting: JSON.parse(text.decode(data)),
    }));
  }

  /** What its accounts would hold if it booked everything. */
  async balances(asOf?: string): Promise<readonly ErpBalance[]> {
    const sums = new Map<string, ErpBalance>();
    for (const { posting } of await this.postings()) {
      const currency = storedCurrency(posting.currency);
      const minor = (amount: string) => storedMoney(amount, currency).minor;
      if (asOf !== undefined && posting.date > asOf) continue;
      for (const { account, debit, credit } of posting.lines) {
        const sum = sums.get(account) ?? { debit: 0n, credit: 0n };
        sums.set(account, { account, currency, debit: sum.debit + minor(debit), credit: sum.credit + minor(credit) });
      }
    }
    return [...sums.values()];
  }

  /** Publishes something of its own where the connector publishes. */
  async publish(subject: string, id: string, content: string): Promise<void> {
    const withId = headers();
    withId.set('Nats-Msg-Id', id);
    await this.connection.jetstream().publish(subject, content, { headers: withId });
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}

/** A connector whose accounts are those of the middleware behind it. */
export class BookedNatsConnector extends NatsConnector {
  constructor(
    url: string,
    options: NatsOptions,
    private readonly middleware: Middleware,
  ) {
    super(readNatsSettings({ NATS_URL: url }), options);
  }

  override balances(asOf?: string): Promise<readonly ErpBalance[]> {
    return this.middleware.balances(asOf);
  }
}
