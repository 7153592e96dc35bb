import type { ClientReadableStream } from '@grpc/grpc-js';
import { asThrown } from './failure.js';
import { decodeReadMessage, type ReadMessage } from './read-codec.js';

const BUFFERED_MESSAGES = 1_024;
const BUFFERED_BYTES = 4 * 1024 * 1024;

/** A call that streams messages to us, taken in batches at the consumer's pace; the server waits when we are full. */
export class ReadCall {
  private queue: Buffer[] = [];
  private queuedBytes = 0;
  private ended = false;
  private cancelled = false;
  private error: Error | undefined;
  private wakeUp: (() => void) | undefined;

  constructor(
    private readonly call: ClientReadableStream<Buffer>,
    private readonly what: string,
    /** So many are kept until they are taken, within {@link BUFFERED_BYTES}. */
    private readonly bufferedMessages = BUFFERED_MESSAGES,
  ) {
    call.on('data', (message: Buffer) => this.received(message));
    call.on('end', () => this.finish());
    call.on('error', (error) => this.finish(error));
  }

  /**
   * Waits for at least one message. `'silent'` when none came in time, `'ended'` after the last one.
   * @throws EventStoreUnavailable when the connection is lost, once everything received has been taken
   */
  async take(max: number, timeoutMs: number): Promise<readonly ReadMessage[] | 'silent' | 'ended'> {
    if (this.queue.length === 0 && !this.ended) await this.something(timeoutMs);
    if (this.queue.length > 0) return this.dequeue(max);
    if (this.error !== undefined && !this.cancelled) throw asThrown(this.what, this.error);
    return this.ended ? 'ended' : 'silent';
  }

  /** Nothing more is taken; needed whenever a read is left early, or the server keeps it. */
  cancel(): void {
    this.cancelled = true;
    this.queue = [];
    this.ended = true;
    this.wakeUp?.();
    this.call.cancel();
    // A paused stream would never see its own end.
    this.call.resume();
  }

  private received(message: Buffer): void {
    if (this.ended) return;
    this.queue.push(message);
    this.queuedBytes += message.length;
    if (this.isFull()) this.call.pause();
    // After the other messages of the same packet, so that batches form.
    if (this.queue.length === 1) setImmediate(() => this.wakeUp?.());
  }

  private finish(error?: Error): void {
    if (this.cancelled) return;
    this.ended = true;
    this.error ??= error;
    setImmediate(() => this.wakeUp?.());
  }

  private something(timeoutMs: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.wakeUp = undefined;
        resolve();
      };
      // A message may have arrived while this process was busy with something else: it comes first.
      const timer = setTimeout(() => setImmediate(done), timeoutMs);
      this.wakeUp = () => {
        if (this.queue.length > 0 || this.ended) done();
      };
    });
  }

  private dequeue(max: number): ReadMessage[] {
    const taken = this.queue.splice(0, max);
    this.queuedBytes = this.queue.reduce((sum, message) => sum + message.length, 0);
    if (this.call.isPaused() && !this.isFull()) this.call.resume();
    return taken.map(decodeReadMessage);
  }

  private isFull(): boolean {
    return this.queue.length >= this.bufferedMessages || this.queuedBytes >= BUFFERED_BYTES;
  }
}
