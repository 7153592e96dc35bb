import { Courses } from './course.js';
import type { Handover } from './handover.js';
import type { OrderedAppends } from './ordered-appends.js';
import { CopyRefused, carried, checkSame, checkTail, type Pair } from './pair.js';
import { IDENTITY_STREAM, isCarried, isOfUsers, type StoredEvent } from './stored-event.js';
import { TargetWriter } from './target-writer.js';

const ONE_SERVICE = 'only a store of one service is copied, one without EVENTSTORE_NAMESPACE';

/** Whether a service keeps its identity there that shares the store with others: its places would be left untold. */
const isNamespaced = (stream: string): boolean => stream.endsWith(`.${IDENTITY_STREAM}`);

/** Brings the source's events into the target, once what is there already has been compared. */
export class Carrier {
  readonly #courses = new Courses();
  readonly #writer: TargetWriter;
  #reached = 0n;
  #isLevel = false;
  #compared = 0;
  #copied = 0;

  constructor(
    private readonly pair: Pair,
    appends: OrderedAppends,
    private readonly handover: Handover,
    /** Nothing may be added any more. */
    private readonly isFinished: boolean,
  ) {
    this.#writer = new TargetWriter(pair.target, appends);
  }

  /** Position of the last event of the source that was looked at. */
  get reached(): bigint {
    return this.#reached;
  }

  get copied(): number {
    return this.#copied;
  }

  /** Up to what is the source's end now. @throws CopyRefused, StoreFailed */
  async run(): Promise<void> {
    const { source, target, onProgress } = this.pair;
    // Once it is level, the target's end is where this process left it.
    const there = this.#isLevel ? nothing() : carried(target, 0n);
    let copy = await there.next();
    try {
      for await (const event of source.all(this.#reached)) {
        this.#reached = event.position;
        if (isNamespaced(event.stream)) throw new CopyRefused(`${source.name} holds ${event.stream}: ${ONE_SERVICE}`);
        this.handover.note(event);
        if (!isCarried(event.stream)) continue;
        const course = this.#courses.next(event);
        if (!copy.done) {
          checkSame(event, copy.value, course, this.pair);
          copy = await there.next();
          onProgress({ stage: 'compared', events: ++this.#compared });
          continue;
        }
        if (this.isFinished) throw goneOn(this.pair);
        await this.#writer.take(event, course, this.#courses.isShown(event.stream));
        onProgress({ stage: 'copied', events: ++this.#copied });
      }
      await this.#writer.flush();
      await checkTail(copy, there, this.pair);
      this.#isLevel = true;
    } finally {
      await there.return(undefined);
    }
  }

  /** How many events were written to the source behind those that were looked at. */
  async behind(): Promise<number> {
    let count = 0;
    for await (const { stream } of this.pair.source.all(this.#reached)) if (isOfUsers(stream)) count += 1;
    return count;
  }
}

export const goneOn = ({ source, target }: Pair): CopyRefused =>
  new CopyRefused(
    `${source.name} has gone on since it was copied to ${target.name}: stop what writes there, and copy into an empty store`,
  );

async function* nothing(): AsyncGenerator<StoredEvent> {}
