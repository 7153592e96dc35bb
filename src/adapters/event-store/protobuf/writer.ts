import { LENGTH_DELIMITED, VARINT } from './wire-types.js';

/**
 * Writes a message from its end to its start, so that a nested message's length is known when its turn comes:
 * `const end = w.mark(); …the nested fields, last first…; w.close(3, end)`.
 */
export class MessageWriter {
  readonly #buffer: Buffer;
  #at: number;

  /** `capacity` must be at least the message's size, in bytes. */
  constructor(capacity: number) {
    this.#buffer = Buffer.allocUnsafe(capacity);
    this.#at = capacity;
  }

  mark(): number {
    return this.#at;
  }

  close(field: number, end: number): void {
    this.#varint(end - this.#at);
    this.#tag(field, LENGTH_DELIMITED);
  }

  /** A bigint for what may be 2^53 or more, below 2^64. */
  unsigned(field: number, value: number | bigint): void {
    if (typeof value === 'number') this.#varint(value);
    else this.#bigVarint(value);
    this.#tag(field, VARINT);
  }

  empty(field: number): void {
    this.close(field, this.#at);
  }

  bytes(field: number, bytes: Uint8Array): void {
    const end = this.#at;
    this.raw(bytes);
    this.close(field, end);
  }

  /** `byteLength` is the text's length in UTF-8. */
  text(field: number, text: string, byteLength = Buffer.byteLength(text, 'utf8')): void {
    const end = this.#at;
    this.#at -= byteLength;
    this.#buffer.write(text, this.#at, byteLength, 'utf8');
    this.close(field, end);
  }

  ascii(field: number, text: string): void {
    const end = this.#at;
    this.#at -= text.length;
    this.#buffer.write(text, this.#at, text.length, 'latin1');
    this.close(field, end);
  }

  /** Bytes already in the form of the wire. */
  raw(bytes: Uint8Array): void {
    this.#at -= bytes.length;
    this.#buffer.set(bytes, this.#at);
  }

  finish(): Buffer {
    return this.#buffer.subarray(this.#at);
  }

  #tag(field: number, wireType: number): void {
    this.#varint(field * 8 + wireType);
  }

  #varint(value: number): void {
    if (value < 0x80) {
      this.#buffer[--this.#at] = value;
      return;
    }
    let size = 1;
    for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) size++;
    this.#at -= size;
    let rest = value;
    for (let at = this.#at; at < this.#at + size - 1; at++) {
      this.#buffer[at] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    this.#buffer[this.#at + size - 1] = rest;
  }

  #bigVarint(value: bigint): void {
    const bytes: number[] = [];
    let rest = value;
    for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
    bytes.push(Number(rest));
    this.raw(Uint8Array.from(bytes));
  }
}
