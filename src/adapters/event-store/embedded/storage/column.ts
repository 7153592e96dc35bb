import { isUtf8 } from 'node:buffer';

/** Text where an auditor can read it as text, bytes otherwise. Both stand for the same bytes (text as UTF-8). */
export type Column = string | Uint8Array;

/** Bytes as stored: text if they are UTF-8 without NUL, since the driver ends a text at its first NUL. */
export function toColumn(bytes: Buffer): Column {
  return isUtf8(bytes) && !bytes.includes(0) ? bytes.toString('utf8') : bytes;
}

/** A name as stored. */
export function nameToColumn(name: string): Column {
  return name.includes('\0') ? Buffer.from(name, 'utf8') : name;
}

export function columnToText(column: Column): string {
  return typeof column === 'string' ? column : Buffer.from(column).toString('utf8');
}

export function columnBytes(column: Column): number {
  return typeof column === 'string' ? Buffer.byteLength(column, 'utf8') : column.byteLength;
}
