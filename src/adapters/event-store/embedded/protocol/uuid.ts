import { MessageReader, type MessageWriter } from './wire.js';

const HEX_32 = /^[0-9a-f]{32}$/;
const NIL = '0'.repeat(32);

/** Reads a UUID message into 32 lower-case hexadecimal digits; undefined if it is none, or all zero. */
export function readUuid(reader: MessageReader): string | undefined {
  let hex: string | undefined;
  while (reader.next()) {
    if (reader.field === 1) hex = readStructured(reader.message());
    else if (reader.field === 2) hex = parseUuid(reader.text());
    else reader.skip();
  }
  return hex === NIL ? undefined : hex;
}

/** Takes upper case, no dashes, and braces or parentheses around it. */
export function parseUuid(text: string): string | undefined {
  const hex = text
    .replaceAll('-', '')
    .replace(/^[{(](.*)[})]$/, '$1')
    .toLowerCase();
  return HEX_32.test(hex) ? hex : undefined;
}

export function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** Writes a UUID message as field `field`. */
export function writeUuid(writer: MessageWriter, field: number, hex: string, structured: boolean): void {
  const end = writer.mark();
  if (structured) writer.bytes(1, structuredBytes(hex));
  else writer.ascii(2, dashed(hex));
  writer.close(field, end);
}

function readStructured(reader: MessageReader): string {
  let most = 0n;
  let least = 0n;
  while (reader.next()) {
    if (reader.field === 1) most = BigInt(reader.unsigned());
    else if (reader.field === 2) least = BigInt(reader.unsigned());
    else reader.skip();
  }
  return most.toString(16).padStart(16, '0') + least.toString(16).padStart(16, '0');
}

function structuredBytes(hex: string): Buffer {
  return Buffer.concat([Buffer.from([0x08]), varint(hex.slice(0, 16)), Buffer.from([0x10]), varint(hex.slice(16))]);
}

function varint(hex: string): Buffer {
  const bytes: number[] = [];
  let rest = BigInt(`0x${hex}`);
  for (; rest >= 0x80n; rest >>= 7n) bytes.push(Number(rest & 0x7fn) | 0x80);
  bytes.push(Number(rest));
  return Buffer.from(bytes);
}
