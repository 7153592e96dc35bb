import { createClient } from 'redis';
import { CONNECT_TIMEOUT_MS } from './connection.js';

const RETRY_MS = 500;
/** A connection on which not even pings are answered is given up. */
const PING_EVERY_MS = 1_500;
const SILENCE_MS = 5_000;

/** What becomes of a subscription. */
export interface Listener {
  /** From now on every message arrives, in order, until it is down. */
  up(): void;
  message(text: string): void;
  /** Messages may have been lost. */
  down(): void;
}

/**
 * Listens to one channel on a connection of its own for as long as it is open. A connection is never resumed: the next
 * one begins with `up`, so that nobody takes messages with a gap for a whole.
 */
export class SaveSubscription {
  private client: ReturnType<typeof newClient> | undefined;
  private closed = false;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly url: string,
    private readonly channel: string,
    private readonly listener: Listener,
  ) {}

  /** Begins to listen; again has no effect. */
  start(): void {
    if (this.client !== undefined || this.retry !== undefined || this.closed) return;
    const client = newClient(this.url);
    this.client = client;
    client.on('error', () => this.lost(client));
    client.on('end', () => this.lost(client));
    this.subscribe(client).catch(() => this.lost(client));
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.retry);
    this.client?.destroy();
  }

  private async subscribe(client: ReturnType<typeof newClient>): Promise<void> {
    await client.connect();
    await client.subscribe(this.channel, (text) => {
      if (this.client === client) this.listener.message(text);
    });
    if (this.client === client) this.listener.up();
  }

  private lost(client: ReturnType<typeof newClient>): void {
    if (this.client !== client) return;
    this.client = undefined;
    this.listener.down();
    if (client.isOpen) client.destroy();
    if (this.closed) return;
    this.retry = setTimeout(() => {
      this.retry = undefined;
      this.start();
    }, RETRY_MS).unref();
  }
}

const newClient = (url: string) =>
  createClient({
    url,
    maintNotifications: 'disabled',
    pingInterval: PING_EVERY_MS,
    socket: { connectTimeout: CONNECT_TIMEOUT_MS, socketTimeout: SILENCE_MS, reconnectStrategy: false },
  });
