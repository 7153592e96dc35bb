import { carried, type Pair } from './pair.js';

/** Where an event lies in the one store, and its copy in the other. */
interface Place {
  readonly source: bigint;
  readonly target: bigint;
}

/** One in so many is remembered; from there on both stores are read. */
const SPACING = 1_024;

/** Finds where positions of the source lie in the target. */
export class Places {
  readonly #remembered: Place[] = [{ source: 0n, target: 0n }];
  #passed = 0;

  constructor(private readonly pair: Pair) {}

  passed(place: Place): void {
    this.#passed += 1;
    if (this.#passed % SPACING === 0) this.#remembered.push(place);
  }

  /** Of the last event that lies no later than this position of the source, its copy's position; 0 where there is none. */
  async of(position: bigint): Promise<bigint> {
    let last = this.#remembered.findLast(({ source }) => source <= position) ?? { source: 0n, target: 0n };
    const copies = carried(this.pair.target, last.target);
    try {
      for await (const event of carried(this.pair.source, last.source)) {
        if (event.position > position) break;
        const copy = await copies.next();
        if (copy.done) break;
        last = { source: event.position, target: copy.value.position };
      }
      return last.target;
    } finally {
      await copies.return(undefined);
    }
  }
}
