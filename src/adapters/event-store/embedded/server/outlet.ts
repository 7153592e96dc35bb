import type { ServerWritableStream } from '@grpc/grpc-js';
import type { CallError } from '../protocol/call-errors.js';
import type { OpenCalls } from './open-calls.js';

/** Bytes on their way to one client, beyond which its read goes no further. */
const MAX_PENDING_BYTES = 131_072;
/** Given to `abort`, which would make an exception with its stack for every read that ends. */
const OVER = 'the read is over';

/** The sending side of a read: paced by its client, over as soon as the client leaves or the node stops. */
export class Outlet<Request> {
  readonly #over = new AbortController();
  #pendingBytes = 0;
  #resume: (() => void) | undefined;

  constructor(
    private readonly call: ServerWritableStream<Request, Buffer>,
    openCalls: OpenCalls,
  ) {
    const leave = openCalls.add({ pause: () => undefined, end: (error) => this.fail(error) });
    call.on('cancelled', () => this.#close());
    call.on('close', leave);
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  send(message: Buffer): void {
    if (this.over.aborted) return;
    const { length } = message;
    this.#pendingBytes += length;
    // Counted here because the stream itself counts messages, which may be of 16 MiB.
    this.call.write(message, () => {
      this.#pendingBytes -= length;
      if (this.#pendingBytes <= MAX_PENDING_BYTES) this.#resume?.();
    });
  }

  /** Resolves when the client has taken most of what was sent, or has left. */
  async flowing(): Promise<void> {
    if (this.#pendingBytes <= MAX_PENDING_BYTES || this.over.aborted) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    this.#resume = undefined;
  }

  end(): void {
    if (this.over.aborted) return;
    this.#close();
    this.call.end();
  }

  fail(error: CallError): void {
    if (this.over.aborted) return;
    this.#close();
    this.call.emit('error', error);
  }

  #close(): void {
    this.#over.abort(OVER);
    this.#resume?.();
  }
}
