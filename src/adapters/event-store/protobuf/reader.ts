/** Protocol buffers by hand, for the messages that pass by the thousand: some ten times faster than generated code. */

import { FIXED32, FIXED64, LENGTH_DELIMITED, VARINT } from './wire-types.js';

export class MalformedMessage extends Error {
  override readonly name = 'MalformedMessage';
}

/** Walks over the fields of one message: `while (reader.next()) switch (reader.field) …`. */
export class MessageReader {
  /** Number of the field that {@link next} stopped at. */
  field = 0;
  #wireType = 0;
  #taken = true;
  #at: number;

  constructor(
    private readonly buffer: Buffer,
    from = 0,
    private readonly end = buffer.length,
  ) {
    this.#at = from;
  }

  /** False at the end of the message. A field whose value was not asked for is passed over. */
  next(): boolean {
    if (!this.#taken) this.#skip();
    if (this.#at >= this.end) return false;
    const tag = this.#varint();
    this.field = Math.floor(tag / 8);
    this.#wireType = tag % 8;
    this.#taken = false;
    return true;
  }

  /** An unsigned number, precise up to 2^53. */
  integer(): number {
    this.#taken = true;
    return this.#varint();
  }

  /** An unsigned number of up to 64 bits. */
  big(): bigint {
    this.#taken = true;
    const start = this.#at;
    const value = this.#varint();
    return value <= Number.MAX_SAFE_INTEGER ? BigInt(value) : this.#exact(start);
  }

  /** A signed 64-bit number, as far as a double holds it. */
  signed(): number {
    return Number(BigInt.asIntN(64, this.big()));
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const start = this.#takeLength();
    return this.buffer.subarray(start, this.#at);
  }

  text(): string {
    const start = this.#takeLength();
    return this.buffer.toString('utf8', start, this.#at);
  }

  message(): MessageReader {
    const start = this.#takeLength();
    return new MessageReader(this.buffer, start, this.#at);
  }

  #skip(): void {
    if (this.#wireType === VARINT) this.#varint();
    else if (this.#wireType === LENGTH_DELIMITED) this.#takeLength();
    else if (this.#wireType === FIXED64) this.#at += 8;
    else if (this.#wireType === FIXED32) this.#at += 4;
    else throw new MalformedMessage(`wire type ${this.#wireType} is not in use`);
    this.#taken = true;
  }

  /** Goes behind a field of bytes, text or a message; gives its start. */
  #takeLength(): number {
    if (this.#wireType !== LENGTH_DELIMITED) throw new MalformedMessage(`field ${this.field} has no length`);
    this.#taken = true;
    const length = this.#varint();
    const start = this.#at;
    this.#at += length;
    if (this.#at > this.end) throw new MalformedMessage('a field is longer than its message');
    return start;
  }

  #varint(): number {
    const first = this.buffer[this.#at] ?? 0x80;
    // Nearly all tags and most lengths are of one byte.
    if (first < 0x80 && this.#at < this.end) {
      this.#at++;
      return first;
    }
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      const byte = this.buffer[this.#at++];
      if (byte === undefined || this.#at > this.end) throw new MalformedMessage('a message ends within a number');
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new MalformedMessage('a number is longer than ten bytes');
  }

  #exact(start: number): bigint {
    let value = 0n;
    for (let at = this.#at - 1; at >= start; at--) value = (value << 7n) | BigInt((this.buffer[at] ?? 0) & 0x7f);
    return BigInt.asUintN(64, value);
  }
}
