import type { CallError } from '../protocol/call-errors.js';

export interface OpenCall {
  /** Takes nothing new, while what is owed is still answered. */
  readonly pause: () => void;
  readonly end: (error: CallError) => void;
}

/** The streaming calls now open, so that a stopping node can end them in words a client reconnects on. */
export class OpenCalls {
  readonly #calls = new Set<OpenCall>();

  /** Gives what to call when the call is over. */
  add(call: OpenCall): () => void {
    this.#calls.add(call);
    return () => this.#calls.delete(call);
  }

  pauseAll(): void {
    for (const call of this.#calls) call.pause();
  }

  endAll(error: CallError): void {
    for (const call of [...this.#calls]) call.end(error);
  }
}
