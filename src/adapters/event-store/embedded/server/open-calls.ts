import type { CallError } from '../protocol/call-errors.js';

/** The streaming calls now open, so that a stopping node can end them in words a client reconnects on. */
export class OpenCalls {
  readonly #end = new Set<(error: CallError) => void>();

  add(end: (error: CallError) => void): () => void {
    this.#end.add(end);
    return () => this.#end.delete(end);
  }

  endAll(error: CallError): void {
    for (const end of [...this.#end]) end(error);
    this.#end.clear();
  }
}
