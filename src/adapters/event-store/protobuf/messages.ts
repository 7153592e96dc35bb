/** The messages of the event store's protocol that are part of several others. */

import type { MessageReader } from './reader.js';
import type { MessageWriter } from './writer.js';

/** A UUID in text as it was sent, in two halves as {@link dashed} text; empty if it is neither. */
export function readUuid(reader: MessageReader): string {
  let uuid = '';
  while (reader.next()) {
    if (reader.field === 1) uuid = readHalves(reader.message());
    else if (reader.field === 2) uuid = reader.text();
  }
  return uuid;
}

function readHalves(reader: MessageReader): string {
  let most = 0n;
  let least = 0n;
  while (reader.next()) {
    if (reader.field === 1) most = reader.big();
    else if (reader.field === 2) least = reader.big();
  }
  return dashed(most.toString(16).padStart(16, '0') + least.toString(16).padStart(16, '0'));
}

/** The usual form of 32 hexadecimal digits. */
export function dashed(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

export function readStreamName(reader: MessageReader): string {
  let name = '';
  while (reader.next()) if (reader.field === 3) name = reader.text();
  return name;
}

/** `nameBytes` is the name's length in UTF-8. */
export function writeStreamName(writer: MessageWriter, field: number, name: string, nameBytes?: number): void {
  const end = writer.mark();
  writer.text(3, name, nameBytes);
  writer.close(field, end);
}

/** An entry of the map that holds an event's type and content type. */
export function readProperty(reader: MessageReader): [key: string, value: string] {
  let key = '';
  let value = '';
  while (reader.next()) {
    if (reader.field === 1) key = reader.text();
    else if (reader.field === 2) value = reader.text();
  }
  return [key, value];
}

export function writeProperty(writer: MessageWriter, field: number, key: string, value: string): void {
  const end = writer.mark();
  writer.text(2, value);
  writer.ascii(1, key);
  writer.close(field, end);
}

/** The commit position; a prepare position is the same again. */
export function readPosition(reader: MessageReader): bigint {
  let position = 0n;
  while (reader.next()) if (reader.field === 1) position = reader.big();
  return position;
}

export function writePosition(writer: MessageWriter, field: number, position: number | bigint): void {
  const end = writer.mark();
  writer.unsigned(2, position);
  writer.unsigned(1, position);
  writer.close(field, end);
}
