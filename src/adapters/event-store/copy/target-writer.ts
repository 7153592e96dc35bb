import { setTimeout as sleep } from 'node:timers/promises';
import { MAX_APPEND_BYTES } from '../../../ports/event-store.js';
import { classify } from '../eventstoredb/failure.js';
import type { Course } from './course.js';
import { ALONE_FROM_BYTES, type OrderedAppends } from './ordered-appends.js';
import { type RawStore, StoreFailed } from './raw-store.js';
import { METASTREAM, type StoredEvent } from './stored-event.js';

/** Events that follow one another in one stream go in one append, up to so many. */
const MOST_EVENTS = 200;
const MOST_BYTES = ALONE_FROM_BYTES / 2;
const PATIENCE_MS = 60_000;
const PAUSE_MS = 500;

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
    if (course !== 'by-itself') await this.#remove(event, course);
  }

  /** Resolves when everything is written. @throws StoreFailed */
  async flush(): Promise<void> {
    await this.#send();
    await this.appends.settle();
  }

  #continues({ stream, revision, data }: StoredEvent, isShown: boolean): boolean {
    const last = this.#run.at(-1);
    if (last?.stream !== stream || last.revision + 1 !== revision) return false;
    // A deletion and what ends it must be two: between them the server sees a deleted stream.
    if (stream.startsWith(METASTREAM)) return false;
    const bytes = this.#bytes + data.length;
    return isShown ? bytes <= MAX_APPEND_BYTES : bytes <= MOST_BYTES && this.#run.length < MOST_EVENTS;
  }

  /** A deletion whose outcome is not known is looked for before it is tried again: a second one would be an event more. */
  async #remove(event: StoredEvent, course: 'delete' | 'tombstone'): Promise<void> {
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    let problem: unknown;
    while (problem === undefined || performance.now() < giveUpAtMs) {
      try {
        if (problem !== undefined && course === 'delete' && (await this.#isThere(event))) return;
        await this.target.remove(course, streamRemoved(event, course));
        return;
      } catch (error) {
        problem = error;
        if (error instanceof StoreFailed && classify(error.cause) === 'refused') break;
        await sleep(PAUSE_MS);
      }
    }
    throw problem;
  }

  async #isThere({ stream, revision }: StoredEvent): Promise<boolean> {
    const newest = await this.target.newest(stream);
    return newest !== undefined && newest.revision >= revision;
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
