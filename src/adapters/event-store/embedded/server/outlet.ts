import type { ServerWritableStream } from '@grpc/grpc-js';
import type { CallError } from '../protocol/call-errors.js';
import type { OpenCalls } from './open-calls.js';
import { type Again, type Slice, Unsent } from './unsent.js';

/** A client that takes nothing for so long is not worth holding a large message for. */
const LET_GO_AFTER_MS = 1_000;
/** Given to `abort`, which would make an exception with its stack for every read that ends. */
const OVER = 'the read is over';

/** The sending side of a read: paced by its client, over as soon as the client leaves or the node stops. */
export class Outlet<Request> {
  readonly #over = new AbortController();
  readonly #unsent = new Unsent();
  #writing = false;
  #resume: (() => void) | undefined;
  #finish: (() => void) | undefined;

  constructor(
    private readonly call: ServerWritableStream<Request, Slice>,
    openCalls: OpenCalls,
  ) {
    const leave = openCalls.add({ pause: () => undefined, end: (error) => this.fail(error) });
    call.on('cancelled', () => {
      this.#unsent.clear();
      this.#close();
    });
    call.on('close', leave);
  }

  get over(): AbortSignal {
    return this.#over.signal;
  }

  /** A message that can be made again is not kept for a client that does not take it. */
  send(message: Buffer, again?: Again): void {
    if (this.over.aborted) return;
    this.#unsent.add(message, again);
    this.#write();
  }

  /** Resolves when all that was sent is at least on its way to the client, or the client has left. */
  async flowing(): Promise<void> {
    if (this.#unsent.bytes === 0 || this.over.aborted) return;
    await new Promise<void>((resolve) => {
      this.#resume = resolve;
    });
    this.#resume = undefined;
  }

  end(): void {
    this.#finishBy(() => this.call.end());
  }

  fail(error: CallError): void {
    this.#finishBy(() => this.call.emit('error', error));
  }

  /** Once what was sent before is on its way. */
  #finishBy(finish: () => void): void {
    if (this.over.aborted) return;
    this.#close();
    this.#finish = finish;
    this.#write();
  }

  /** One write at a time, and what else is sent in this turn goes with it. */
  #write(): void {
    if (this.#writing) return;
    this.#writing = true;
    queueMicrotask(() => this.#writeNext());
  }

  #writeNext(): void {
    const slice = this.#unsent.next();
    if (slice === undefined) {
      this.#writing = false;
      this.#finish?.();
      return;
    }
    let patience: NodeJS.Timeout | undefined;
    this.call.write(slice, () => {
      clearTimeout(patience);
      this.#writeNext();
    });
    if (this.#unsent.bytes === 0) this.#resume?.();
    else patience = setTimeout(() => this.#unsent.letGo(), LET_GO_AFTER_MS);
  }

  #close(): void {
    this.#over.abort(OVER);
    this.#resume?.();
  }
}
