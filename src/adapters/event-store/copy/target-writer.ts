import { MAX_APPEND_BYTES } from '../../../ports/event-store.js';
import type { Course } from './course.js';
import type { OrderedAppends } from './ordered-appends.js';
import type { RawStore } from './raw-store.js';
import type { StoredEvent } from './stored-event.js';

/** Events that follow one another in one stream go in one append, up to so many. */
const MOST_EVENTS = 200;

/** Brings events into the target in the order they come. */
export class TargetWriter {
  #run: StoredEvent[] = [];
  #bytes = 0;

  constructor(
    private readonly target: RawStore,
    private readonly appends: OrderedAppends,
  ) {}

  /**
   * @param isShown the event shows a deleted stream again, together with those behind it in the stream: they were one
   *   append, and the server writes right behind it
   * @throws StoreFailed
   */
  async take(event: StoredEvent, course: Course, isShown: boolean): Promise<void> {
    if (course === 'append') {
      if (!this.#continues(event, isShown)) await this.#send();
      this.#run.push(event);
      this.#bytes += event.data.length;
      return;
    }
    await this.flush();
    // What the server writes by itself it has written with the append before.
    if (course !== 'by-itself') await this.target.remove(course, streamRemoved(event, course));
  }

  /** Resolves when everything is written. @throws StoreFailed */
  async flush(): Promise<void> {
    await this.#send();
    await this.appends.settle();
  }

  #continues({ stream, revision, data }: StoredEvent, isShown: boolean): boolean {
    const last = this.#run.at(-1);
    if (last?.stream !== stream || last.revision + 1 !== revision) return false;
    return this.#bytes + data.length <= MAX_APPEND_BYTES && (isShown || this.#run.length < MOST_EVENTS);
  }

  async #send(): Promise<void> {
    const run = this.#run;
    this.#run = [];
    this.#bytes = 0;
    await this.appends.add(run);
  }
}

const streamRemoved = ({ stream }: StoredEvent, course: 'delete' | 'tombstone'): string =>
  course === 'delete' ? stream.slice('$$'.length) : stream;
