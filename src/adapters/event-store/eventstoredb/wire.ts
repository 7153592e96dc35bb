/**
 * The few pieces of protobuf that the hot messages need. The client's generated classes take ten times as long, and
 * that would be most of the time an append or an event read costs.
 */

const LENGTH_DELIMITED = 2;

/** A field that holds bytes, text or a message: its header followed by its parts, not joined yet. */
export function delimited(field: number, parts: readonly Uint8Array[]): Uint8Array[] {
  let length = 0;
  for (const part of parts) length += part.length;
  return [header((field << 3) | LENGTH_DELIMITED, length), ...parts];
}

export function varintField(field: number, value: number | bigint): Uint8Array {
  const bytes: number[] = [];
  pushVarint(bytes, field << 3);
  if (typeof value === 'number' && value < 2 ** 31) pushVarint(bytes, value);
  else pushBigVarint(bytes, BigInt(value));
  return Uint8Array.from(bytes);
}

export function utf8(text: string): Buffer {
  return Buffer.from(text, 'utf8');
}

function header(tag: number, length: number): Uint8Array {
  if (length < 0x80) return Uint8Array.of(tag, length);
  const bytes = [tag];
  pushVarint(bytes, length);
  return Uint8Array.from(bytes);
}

function pushVarint(bytes: number[], value: number): void {
  let rest = value;
  for (; rest > 0x7f; rest >>>= 7) bytes.push((rest & 0x7f) | 0x80);
  bytes.push(rest);
}

function pushBigVarint(bytes: number[], value: bigint): void {
  let rest = value;
  for (; rest > 0x7fn; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
}

/** Walks over the fields of one message: `while (reader.next()) switch (reader.field) ...`. */
export class FieldReader {
  /** Number of the field that {@link next} stopped at. */
  field = 0;
  private wireType = 0;
  private taken = true;

  constructor(
    private readonly buffer: Buffer,
    private offset = 0,
    private readonly end = buffer.length,
  ) {}

  /** False at the end of the message. A field whose value was not asked for is passed over. */
  next(): boolean {
    if (!this.taken) this.skip();
    if (this.offset >= this.end) return false;
    const tag = this.varint();
    this.field = tag >>> 3;
    this.wireType = tag & 7;
    this.taken = false;
    return true;
  }

  /** The value as a number; precise up to 2^53, as revisions are. */
  integer(): number {
    this.taken = true;
    return this.varint();
  }

  /** The value whatever its size; positions may have 64 bits. */
  big(): bigint {
    this.taken = true;
    const start = this.offset;
    const value = this.varint();
    if (Number.isSafeInteger(value)) return BigInt(value);
    this.offset = start;
    return this.bigVarint();
  }

  message(): FieldReader {
    const end = this.enter();
    const inner = new FieldReader(this.buffer, this.offset, end);
    this.offset = end;
    return inner;
  }

  text(): string {
    const end = this.enter();
    const text = this.buffer.toString('utf8', this.offset, end);
    this.offset = end;
    return text;
  }

  /** A view, not a copy. */
  bytes(): Buffer {
    const end = this.enter();
    const bytes = this.buffer.subarray(this.offset, end);
    this.offset = end;
    return bytes;
  }

  private enter(): number {
    this.taken = true;
    const length = this.varint();
    const end = this.offset + length;
    if (this.wireType !== LENGTH_DELIMITED || end > this.end)
      throw new Error(`Malformed message at field ${this.field}`);
    return end;
  }

  private skip(): void {
    switch (this.wireType) {
      case 0:
        this.big();
        return;
      case 1:
        this.offset += 8;
        break;
      case LENGTH_DELIMITED:
        this.offset = this.enter();
        return;
      case 5:
        this.offset += 4;
        break;
      default:
        throw new Error(`Malformed message: wire type ${this.wireType}`);
    }
    this.taken = true;
  }

  private varint(): number {
    let value = 0;
    let factor = 1;
    while (this.offset < this.end) {
      const byte = this.buffer[this.offset++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 128;
    }
    throw new Error('Malformed message: it ends within a number');
  }

  private bigVarint(): bigint {
    let value = 0n;
    for (let shift = 0n; this.offset < this.end; shift += 7n) {
      const byte = this.buffer[this.offset++] ?? 0;
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new Error('Malformed message: it ends within a number');
  }
}
