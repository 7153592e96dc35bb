import { createClient } from 'redis';
import { ReadModelUnavailable } from '../../../ports/availability-store.js';
import { SCRIPTS } from './scripts.js';

export const CONNECT_TIMEOUT_MS = 2_000;
const RECONNECT_MS = { first: 50, most: 1_000 };
/** A connection that answers nothing for so long is replaced: the network may have swallowed it. */
const SILENCE_MS = 5_000;
/** More requests than this in flight mean that Redis does not keep up. */
const MAX_IN_FLIGHT = 20_000;

export type Client = ReturnType<typeof newClient>;

/** A connection that is there or is not: nothing waits for it to come back, and nothing waits long for an answer. */
export class RedisConnection {
  private client: Client;
  private connecting: Promise<unknown>;
  /** Since when every request has failed; undefined while Redis answers. */
  private silentSince: number | undefined;

  constructor(private readonly url: string) {
    this.client = newClient(url);
    this.connecting = connect(this.client);
  }

  /** Waits a moment for the first connection, so that a start does not begin with an error. */
  async settled(): Promise<void> {
    await withTimeout(this.connecting, CONNECT_TIMEOUT_MS).catch(() => undefined);
  }

  /** @throws ReadModelUnavailable when Redis is away or does not answer in time */
  async request<T>(timeoutMs: number, send: (client: Client) => Promise<T>): Promise<T> {
    try {
      const answer = await withTimeout(send(this.client), timeoutMs);
      this.silentSince = undefined;
      return answer;
    } catch (error) {
      this.replaceWhenSilent();
      const reason = error instanceof Error ? error.message || error.name : String(error);
      throw new ReadModelUnavailable(`Redis: ${reason}`, { cause: error });
    }
  }

  close(): void {
    this.client.destroy();
  }

  private replaceWhenSilent(): void {
    const now = performance.now();
    this.silentSince ??= now;
    if (now - this.silentSince < SILENCE_MS) return;
    this.silentSince = undefined;
    this.client.destroy();
    this.client = newClient(this.url);
    this.connecting = connect(this.client);
  }
}

function newClient(url: string) {
  return createClient({
    url,
    scripts: SCRIPTS,
    disableOfflineQueue: true,
    commandsQueueMaxLength: MAX_IN_FLIGHT,
    maintNotifications: 'disabled',
    socket: {
      connectTimeout: CONNECT_TIMEOUT_MS,
      reconnectStrategy: (retries) => Math.min(RECONNECT_MS.most, RECONNECT_MS.first * 2 ** Math.min(retries, 10)),
    },
  });
}

/** Errors show in the requests that they fail; unheard they would end the process. */
function connect(client: Client): Promise<unknown> {
  client.on('error', () => undefined);
  return client.connect().catch(() => undefined);
}

async function withTimeout<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined;
  const timeout = new Promise<never>((_, reject) => {
    // After a busy moment of this process the answer may lie unread: it is read first, then missed.
    const miss = () => setImmediate(reject, new Error(`no answer within ${Math.ceil(timeoutMs)} ms`));
    timer = setTimeout(miss, timeoutMs);
  });
  try {
    return await Promise.race([promise, timeout]);
  } finally {
    clearTimeout(timer);
  }
}
