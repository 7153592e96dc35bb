/** What gRPC puts before each message: one byte for its compression, which is none, and four for its length. */
const PREFIX_BYTES = 5;
const prefix = Buffer.alloc(PREFIX_BYTES);

/** What goes to the client in one write. */
const SLICE_BYTES = 65_536;

/** Makes a message once more, the same to the byte. */
export type Again = () => Buffer;

interface Waiting {
  readonly length: number;
  /** Undefined while it has been let go. */
  message: Buffer | undefined;
  readonly again: Again | undefined;
}

/**
 * As much of a Buffer as sending a message takes. gRPC's library makes room for a prefix and the message, writes the
 * prefix and has the message copied behind it: a slice takes that place as well, since its messages bring their prefixes
 * along. By `length` the outlet's call knows how much is under way.
 */
export type Slice = Pick<Buffer, 'length' | 'byteLength' | 'copy'>;

/**
 * Messages that wait for their client, as the bytes that go over the wire: many small ones go there in one write, and of
 * a large one no more than a slice is copied at a time.
 */
export class Unsent {
  readonly #waiting: Waiting[] = [];
  #bytes = 0;
  /** How much of the first one has gone, its prefix included. */
  #gone = 0;

  /** Of all that waits, prefixes included. */
  get bytes(): number {
    return this.#bytes;
  }

  add(message: Buffer, again?: Again): void {
    const { length } = message;
    this.#waiting.push({ length, message, again });
    this.#bytes += PREFIX_BYTES + length;
  }

  /** The next bytes, to be copied at once. Undefined when nothing waits. */
  next(): Slice | undefined {
    if (this.#bytes === 0) return undefined;
    // What is left is enough for another slice, which cannot be shorter than a prefix.
    const bytes = this.#bytes < SLICE_BYTES + PREFIX_BYTES ? this.#bytes : SLICE_BYTES;
    const length = bytes - PREFIX_BYTES;
    return { length, byteLength: length, copy: (target: Buffer) => this.#fill(target) };
  }

  /** Lets go of the first message if it is large and can be made again. */
  letGo(): void {
    const [first] = this.#waiting;
    if (first?.again !== undefined && first.length > SLICE_BYTES) first.message = undefined;
  }

  clear(): void {
    this.#waiting.length = 0;
    this.#bytes = 0;
    this.#gone = 0;
  }

  #fill(target: Buffer): number {
    let at = 0;
    while (at < target.length) {
      const [first] = this.#waiting;
      if (first === undefined) break;
      first.message ??= first.again?.() ?? Buffer.alloc(0);
      const copied = copyFramed(first.message, this.#gone, target, at);
      at += copied;
      this.#gone += copied;
      if (this.#gone < PREFIX_BYTES + first.length) break;
      this.#waiting.shift();
      this.#gone = 0;
    }
    this.#bytes -= at;
    return at;
  }
}

/** Copies a message with its prefix from its byte `from` on, as far as there is room behind `at`; gives how much. */
function copyFramed(message: Buffer, from: number, target: Buffer, at: number): number {
  let copied = 0;
  if (from < PREFIX_BYTES) {
    prefix.writeUInt32BE(message.length, 1);
    copied = prefix.copy(target, at, from);
    if (from + copied < PREFIX_BYTES) return copied;
  }
  return copied + message.copy(target, at + copied, from + copied - PREFIX_BYTES);
}
