import { connect, type Msg, type NatsConnection, type Subscription } from 'nats';

/** Hears everything under a subject, from the moment it is made. */
export class NatsListener {
  private constructor(
    private readonly connection: NatsConnection,
    private readonly subscription: Subscription,
  ) {}

  static async on(url: string, subject: string): Promise<NatsListener> {
    const connection = await connect({ servers: url });
    const subscription = connection.subscribe(subject);
    await connection.flush();
    return new NatsListener(connection, subscription);
  }

  /** The next so many messages; waits for them. */
  async next(count: number): Promise<Msg[]> {
    const messages: Msg[] = [];
    if (count === 0) return messages;
    const iterator = this.subscription[Symbol.asyncIterator]();
    while (messages.length < count) {
      const { value, done } = await iterator.next();
      if (done === true) break;
      messages.push(value);
    }
    return messages;
  }

  close(): Promise<void> {
    return this.connection.close();
  }
}
