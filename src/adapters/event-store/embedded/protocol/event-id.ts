import { dashed, readUuid } from '../../protobuf/messages.js';
import type { MessageReader } from '../../protobuf/reader.js';
import type { MessageWriter } from '../../protobuf/writer.js';

const HEX_32 = /^[0-9a-f]{32}$/;
const NIL = '0'.repeat(32);

/** Reads a UUID message into 32 lower-case hexadecimal digits; undefined if it is none, or all zero. */
export function readEventId(reader: MessageReader): string | undefined {
  const hex = parseUuid(readUuid(reader));
  return hex === NIL ? undefined : hex;
}

/** Takes upper case, no dashes, and braces or parentheses around it. */
function parseUuid(text: string): string | undefined {
  const hex = text
    .replaceAll('-', '')
    .replace(/^[{(](.*)[})]$/, '$1')
    .toLowerCase();
  return HEX_32.test(hex) ? hex : undefined;
}

/** Writes 32 hexadecimal digits as a UUID message: as text, or as two numbers. */
export function writeEventId(writer: MessageWriter, field: number, hex: string, structured: boolean): void {
  const end = writer.mark();
  if (structured) writeHalves(writer, 1, hex);
  else writer.ascii(2, dashed(hex));
  writer.close(field, end);
}

function writeHalves(writer: MessageWriter, field: number, hex: string): void {
  const end = writer.mark();
  writer.unsigned(2, BigInt(`0x${hex.slice(16)}`));
  writer.unsigned(1, BigInt(`0x${hex.slice(0, 16)}`));
  writer.close(field, end);
}
