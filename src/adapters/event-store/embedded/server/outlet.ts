import { once } from 'node:events';
import type { ServerWritableStream } from '@grpc/grpc-js';
import type { CallError } from '../protocol/call-errors.js';
import type { OpenCalls } from './open-calls.js';

/** The sending side of a read: paced by its client, over as soon as the client leaves or the node stops. */
export class Outlet<Request> {
  readonly #over = new AbortController();
  #flowing = true;

  constructor(
    private readonly call: ServerWritableStream<Request, Buffer>,
    openCalls: OpenCalls,
  ) {
    const leave = openCalls.add({ pause: () => undefined, end: (error) => this.fail(error) });
    call.on('cancelled', () => this.#over.abort());
    call.on('close', leave);
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  send(message: Buffer): void {
    if (!this.over.aborted) this.#flowing = this.call.write(message);
  }

  /** Resolves when the client has taken what was sent, or has left. */
  async flowing(): Promise<void> {
    if (this.#flowing || this.over.aborted) return;
    await once(this.call, 'drain', { signal: this.over }).catch(() => undefined);
    this.#flowing = true;
  }

  end(): void {
    if (this.over.aborted) return;
    this.#over.abort();
    this.call.end();
  }

  fail(error: CallError): void {
    if (this.over.aborted) return;
    this.#over.abort();
    this.call.emit('error', error);
  }
}
