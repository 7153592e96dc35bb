import { crc32 } from 'node:zlib';
import type { Column } from './column.js';

/** All that is stored of one event; its checksum covers each of these. */
export interface EventContent {
  readonly position: number;
  /** Positions right before this one that no event has. */
  readonly skipped: number;
  readonly stream: number;
  readonly revision: number;
  /** 32 lower-case hexadecimal digits. */
  readonly id: string;
  readonly type: number;
  readonly json: boolean;
  /** Milliseconds since 1970. */
  readonly created: number;
  readonly metadata: Column;
  readonly data: Column;
}

/** Filled anew for each event: one buffer and two calls cost a third of a call for each value. */
const header = Buffer.alloc(88);
const view = new DataView(header.buffer, header.byteOffset, header.length);

/** CRC-32 of an event, as a signed number: SQLite stores that in four bytes. */
export function eventChecksum(event: EventContent): number {
  const { metadata, data } = event;
  view.setFloat64(0, event.position);
  view.setFloat64(8, event.skipped);
  view.setFloat64(16, event.stream);
  view.setFloat64(24, event.revision);
  view.setFloat64(32, event.created);
  view.setUint32(40, event.type);
  view.setUint32(44, event.json ? 1 : 0);
  view.setUint32(48, metadata.length);
  view.setUint32(52, data.length);
  header.write(event.id, 56, 'latin1');
  const sum = crc32(header);
  if (typeof metadata === 'string' && typeof data === 'string') return crc32(metadata + data, sum) | 0;
  return crc32(data, crc32(metadata, sum)) | 0;
}

/** CRC-32 of a stream's or type's name together with its number, signed as {@link eventChecksum}. */
export function nameChecksum(id: number, name: Column): number {
  return crc32(name, crc32(String(id))) | 0;
}
