import type { ClientReadableStream } from '@grpc/grpc-js';
import { MalformedMessage } from '../protobuf/reader.js';
import { asThrown } from './failure.js';
import { decodeReadMessage, type ReadMessage } from './read-codec.js';

const BUFFERED_MESSAGES = 1_024;
const BUFFERED_BYTES = 4 * 1024 * 1024;
/** What a message counts at least: who takes many at a time is given the room for them. */
const USUAL_MESSAGE_BYTES = 512;

interface Received {
  readonly message: ReadMessage;
  /** As it came over the wire. */
  readonly bytes: number;
}

/** A call that streams messages to us, taken in batches at the consumer's pace; the server waits when we are full. */
export class ReadCall {
  private queue: Received[] = [];
  private queuedBytes = 0;
  private ended = false;
  private cancelled = false;
  private error: Error | undefined;
  private wakeUp: (() => void) | undefined;
  private readonly bufferedBytes: number;

  constructor(
    private readonly call: ClientReadableStream<Buffer>,
    private readonly what: string,
    /** So many of usual size are kept until they are taken. */
    private readonly bufferedMessages = BUFFERED_MESSAGES,
  ) {
    this.bufferedBytes = Math.max(BUFFERED_BYTES, bufferedMessages * USUAL_MESSAGE_BYTES);
    call.on('data', (message: Buffer) => this.received(message));
    call.on('end', () => this.finish());
    call.on('error', (error) => this.finish(error));
  }

  /**
   * Waits for at least one message. `'silent'` when none came in time, `'ended'` after the last one.
   * @throws EventStoreUnavailable when the connection is lost, MalformedMessage for what is no message of the protocol,
   *   once everything received before has been taken
   */
  async take(max: number, timeoutMs: number): Promise<readonly ReadMessage[] | 'silent' | 'ended'> {
    if (this.queue.length === 0 && !this.ended) await this.something(timeoutMs);
    if (this.queue.length > 0) return this.dequeue(max);
    if (this.error !== undefined && !this.cancelled) throw this.thrown(this.error);
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

  /** Decodes at once, while the consumer waits for something else: what it takes then costs it nothing more. */
  private received(bytes: Buffer): void {
    if (this.ended) return;
    const message = this.decoded(bytes);
    if (message === undefined) return;
    this.queue.push({ message, bytes: bytes.length });
    this.queuedBytes += bytes.length;
    if (this.isFull()) this.call.pause();
    // After the other messages of the same packet, so that batches form.
    if (this.queue.length === 1) setImmediate(() => this.wakeUp?.());
  }

  private decoded(bytes: Buffer): ReadMessage | undefined {
    try {
      return decodeReadMessage(bytes);
    } catch (error) {
      this.finish(error instanceof Error ? error : new Error(String(error)));
      return undefined;
    }
  }

  /** What cannot be read would be no different the next time. */
  private thrown(error: Error): Error {
    return error instanceof MalformedMessage ? error : asThrown(this.what, error);
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
    for (const { bytes } of taken) this.queuedBytes -= bytes;
    if (this.call.isPaused() && !this.isFull()) this.call.resume();
    return taken.map(({ message }) => message);
  }

  private isFull(): boolean {
    return this.queue.length >= this.bufferedMessages || this.queuedBytes >= this.bufferedBytes;
  }
}
