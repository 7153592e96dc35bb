/** So much is worth a sync on a fast disk: some seventy events, or one append of a hundred. */
const SMALL_BYTES = 32_768;
const MAX_BYTES = 4_194_304;
/** On a slow disk a group is worked on for such a part of the time that its commit takes. */
const PART_OF_COMMIT = 0.5;
/** How much the newest commit counts for what is expected of the next one. */
const NEWEST = 0.1;

/**
 * How many writes one transaction takes of those that wait. More of them share the cost of a sync, but the first one
 * waits for the last, and then all their clients are answered at once and the node waits for them. So groups are small
 * unless the disk is slow.
 */
export class GroupLimit {
  #commitMs = 0;
  #startedAtMs = 0;
  #bytes = 0;

  begin(): void {
    this.#startedAtMs = performance.now();
    this.#bytes = 0;
  }

  /** Whether one more write of so many bytes belongs to the group; the first one always does. */
  admits(bytes: number): boolean {
    const isFirst = this.#bytes === 0;
    // One without events has its cost too.
    this.#bytes += bytes + 1;
    if (isFirst || this.#bytes <= SMALL_BYTES) return true;
    return this.#bytes <= MAX_BYTES && performance.now() - this.#startedAtMs < PART_OF_COMMIT * this.#commitMs;
  }

  committed(tookMs: number): void {
    this.#commitMs += NEWEST * (tookMs - this.#commitMs);
  }
}
