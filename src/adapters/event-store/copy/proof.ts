import { createHash, type Hash } from 'node:crypto';
import { type Course, Courses } from './course.js';
import { CopyRefused, carried, checkSame, checkTail, type Pair } from './pair.js';
import { Places } from './places.js';
import type { StoredEvent } from './stored-event.js';

/** Reads both stores from their beginning on, side by side. */
export class Proof {
  readonly places: Places;
  readonly #courses = new Courses();
  readonly #digests = [createHash('sha256'), createHash('sha256')] as const;
  #source = 0n;
  #target = 0n;
  #events = 0;
  #streams = 0;

  constructor(private readonly pair: Pair) {
    this.places = new Places(pair);
  }

  /** Up to this position of the source, where the target must end. @throws CopyRefused, StoreFailed */
  async run(upTo: bigint): Promise<void> {
    const { source, target, onProgress } = this.pair;
    const there = carried(target, this.#target);
    try {
      for await (const event of carried(source, this.#source)) {
        if (event.position > upTo) break;
        const copy = await there.next();
        if (copy.done) throw new CopyRefused(`${target.name} lacks revision ${event.revision} of ${event.stream}`);
        this.#same(event, copy.value);
        onProgress({ stage: 'proved', events: this.#events });
      }
      await checkTail(await there.next(), there, this.pair);
    } finally {
      await there.return(undefined);
    }
  }

  /** SHA-256 over everything of all events in their order. */
  result(): { readonly events: number; readonly streams: number; readonly digest: string } {
    const [one, other] = this.#digests.map((hash) => hash.digest('hex'));
    if (one === undefined || one !== other) throw new CopyRefused(`the digests differ: ${one}, ${other}`);
    return { events: this.#events, streams: this.#streams, digest: one };
  }

  #same(event: StoredEvent, copy: StoredEvent): void {
    const course = this.#courses.next(event);
    checkSame(event, copy, course, this.pair);
    digest(this.#digests[0], event, course);
    digest(this.#digests[1], copy, course);
    this.#source = event.position;
    this.#target = copy.position;
    this.places.passed({ source: event.position, target: copy.position });
    this.#events += 1;
    if (event.revision === 0) this.#streams += 1;
  }
}

function digest(hash: Hash, event: StoredEvent, course: Course): void {
  const { stream, revision, type, id, contentType, metadata, data } = event;
  const own = course === 'append' ? [id, contentType, metadata.length, data.length] : [];
  hash.update(JSON.stringify([stream, revision, type, ...own]));
  if (course === 'append') hash.update(metadata).update(data);
}
