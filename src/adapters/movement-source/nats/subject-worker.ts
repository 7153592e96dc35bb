import { setTimeout as sleep } from 'node:timers/promises';
import type { JsMsg, NatsConnection } from 'nats';
import type { Clock } from '../../../ports/clock.js';
import type { Log } from '../../../ports/log.js';
import type { MovementHandler, MovementVerdict } from '../../../ports/movement-source.js';
import { reasonOf } from '../../nats.js';
import { ACK_WAIT_MS, consumerOf, type MovementStreamNames } from './movement-streams.js';
import { keepRejected } from './rejected-movements.js';

/** The header in which a sender names the inbox that the results go to. */
export const REPLY_TO_HEADER = 'Stockfold-Reply-To';
/** Only inboxes: nobody may make the service publish anywhere else. */
const INBOX = /^_INBOX\.[^\s*>]+$/;

const FETCH = { max_messages: 100, expires: 30_000 };
const PAUSE_AFTER_FAILURE_MS = 1_000;
const MOST_RETRY_MS = 30_000;
/** A message that nobody can deal with must not hold up its location for ever. */
const MOST_DELIVERIES_OF_A_FAILURE = 8;

/** Takes the messages of one subject, one after the other. */
export class SubjectWorker {
  private stopped = false;
  private stopFetching: (() => void) | undefined;
  private readonly working: Promise<void>;

  constructor(
    private readonly connection: NatsConnection,
    private readonly names: MovementStreamNames,
    private readonly subject: string,
    private readonly handler: MovementHandler,
    private readonly clock: Clock,
    private readonly log: Log,
    private readonly firstRetryMs: number,
  ) {
    this.working = this.work();
  }

  async stop(): Promise<void> {
    this.stopped = true;
    this.stopFetching?.();
    await this.working;
  }

  private async work(): Promise<void> {
    while (!this.stopped) {
      try {
        await this.fetchOnce();
      } catch (error) {
        if (this.stopped) return;
        this.log.warn('movements from NATS pause', { subject: this.subject, error: reasonOf(error) });
        await sleep(PAUSE_AFTER_FAILURE_MS);
      }
    }
  }

  private async fetchOnce(): Promise<void> {
    const manager = await this.connection.jetstreamManager();
    const config = consumerOf(this.subject);
    await manager.consumers.add(this.names.movements, config);
    const consumer = await this.connection.jetstream().consumers.get(this.names.movements, config.durable_name);
    while (!this.stopped) {
      const messages = await consumer.fetch(FETCH);
      this.stopFetching = () => messages.stop();
      if (this.stopped) messages.stop();
      for await (const message of messages) await this.dealWith(message);
    }
  }

  private async dealWith(message: JsMsg): Promise<void> {
    const asksForTime = setInterval(() => message.working(), ACK_WAIT_MS / 3);
    try {
      const verdict = await this.verdictOn(message);
      if (verdict.status === 'later') return this.again(message, verdict.reason);
      const { location, id } = this.originOf(message);
      const time = new Date(this.clock.now()).toISOString();
      const origin = { location, messageId: id, time };
      await keepRejected(this.connection.jetstream(), this.names.prefix, origin, verdict.refused);
      this.reply(message, verdict);
      message.ack();
    } catch (error) {
      this.again(message, reasonOf(error));
    } finally {
      clearInterval(asksForTime);
    }
  }

  private async verdictOn(message: JsMsg): Promise<MovementVerdict> {
    const { location, id } = this.originOf(message);
    try {
      return await this.handler({ location, payload: message.data, id });
    } catch (error) {
      this.log.error('unforeseen error', { subject: this.subject, id, error: reasonOf(error) });
      if (message.info.deliveryCount < MOST_DELIVERIES_OF_A_FAILURE)
        return { status: 'later', reason: reasonOf(error) };
      const problem = {
        type: 'urn:stockfold:problem:internal',
        status: 500,
        code: 'internal',
        detail: reasonOf(error),
      };
      return { status: 'settled', answer: problem, refused: [{ problem, payload: message.string() }] };
    }
  }

  /** The message stays out until its time has come, so nothing behind it is handed over before. */
  private again(message: JsMsg, reason: string): void {
    const delayMs = Math.min(MOST_RETRY_MS, this.firstRetryMs * 2 ** Math.min(message.info.deliveryCount - 1, 10));
    this.log.warn('movements from NATS wait', { subject: this.subject, reason, delayMs });
    message.nak(delayMs);
  }

  private originOf({ subject, info }: JsMsg): { location: string; id: string } {
    return { location: subject.slice(`${this.names.prefix}.movements.`.length), id: `nats:${info.timestampNanos}` };
  }

  private reply(message: JsMsg, verdict: Extract<MovementVerdict, { status: 'settled' }>): void {
    const inbox = message.headers?.get(REPLY_TO_HEADER);
    if (inbox !== undefined && INBOX.test(inbox)) this.connection.publish(inbox, JSON.stringify(verdict.answer));
  }
}
