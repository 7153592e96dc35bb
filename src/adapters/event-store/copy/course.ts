import { isDeepStrictEqual } from 'node:util';
import { isTombstone, jsonOf, METASTREAM, type StoredEvent } from './stored-event.js';

/**
 * How an event gets into the target. The server writes some by itself: a tombstone, a second deletion, and the
 * metadata that show a deleted stream again after the append that did it. Those have an id of their own there.
 */
export type Course = 'append' | 'delete' | 'tombstone' | 'by-itself';

/** From here on `$tb` means that the stream is deleted. */
const DELETED_FROM = 2 ** 53;

/** Follows the events in their order, and says of each how it got there. */
export class Courses {
  readonly #deleted = new Set<string>();
  /** The next metadata of these streams are the server's own. */
  readonly #shown = new Set<string>();

  next(event: StoredEvent): Course {
    if (isTombstone(event)) return 'tombstone';
    if (event.stream.startsWith(METASTREAM)) return this.#metadata(event.stream.slice(METASTREAM.length), event);
    if (this.#deleted.delete(event.stream)) this.#shown.add(event.stream);
    return 'append';
  }

  /** Whether what was appended last to the stream must be one append with what follows there. */
  isShown(stream: string): boolean {
    return this.#shown.has(stream);
  }

  #metadata(stream: string, event: StoredEvent): Course {
    if (this.#shown.delete(stream)) return 'by-itself';
    const wasDeleted = this.#deleted.has(stream);
    const truncateBefore = jsonOf(event.data)?.$tb;
    if (typeof truncateBefore === 'number' && truncateBefore >= DELETED_FROM) {
      this.#deleted.add(stream);
      return wasDeleted ? 'delete' : 'append';
    }
    if (this.#deleted.delete(stream)) this.#shown.add(stream);
    return 'append';
  }
}

/** What differs between an event and its copy; undefined when nothing does. */
export function difference(event: StoredEvent, copy: StoredEvent, course: Course): string | undefined {
  if (event.stream !== copy.stream) return 'stream';
  if (event.revision !== copy.revision) return 'revision';
  if (event.type !== copy.type) return 'type';
  if (course !== 'append') return isDeepStrictEqual(jsonOf(event.data), jsonOf(copy.data)) ? undefined : 'data';
  if (event.id !== copy.id) return 'id';
  if (event.contentType !== copy.contentType) return 'content type';
  if (!event.metadata.equals(copy.metadata)) return 'metadata';
  return event.data.equals(copy.data) ? undefined : 'data';
}
