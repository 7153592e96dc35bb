import { type Course, difference } from './course.js';
import { isHandover } from './handover.js';
import type { RawStore } from './raw-store.js';
import { isCarried, type StoredEvent } from './stored-event.js';

/** The two stores cannot be brought together; the message tells a person why. */
export class CopyRefused extends Error {
  override readonly name = 'CopyRefused';
}

export interface CopyProgress {
  readonly stage: 'compared' | 'copied' | 'proved';
  readonly events: number;
}

/** What is copied, and into what. */
export interface Pair {
  readonly source: RawStore;
  readonly target: RawStore;
  readonly sourceId: string;
  readonly onProgress: (progress: CopyProgress) => void;
}

/** The events that a copy has, behind the position. */
export async function* carried(store: RawStore, after: bigint): AsyncGenerator<StoredEvent> {
  for await (const event of store.all(after)) if (isCarried(event.stream)) yield event;
}

export function checkSame(event: StoredEvent, copy: StoredEvent, course: Course, { target, sourceId }: Pair): void {
  const what = difference(event, copy, course);
  if (what === undefined) return;
  if (isHandover(copy, sourceId)) {
    throw new CopyRefused(
      `${target.name} was handed over already, and the source has gone on; copy into an empty store`,
    );
  }
  throw new CopyRefused(
    `${target.name} holds something else: revision ${copy.revision} of ${copy.stream} at position ${copy.position}, ` +
      `where the source has revision ${event.revision} of ${event.stream}; the ${what} differs. Copy into an empty store`,
  );
}

/** Behind the copy lies nothing but what hands it over. */
export async function checkTail(
  next: IteratorResult<StoredEvent>,
  there: AsyncGenerator<StoredEvent>,
  { target, sourceId }: Pair,
): Promise<void> {
  for (let one = next; !one.done; one = await there.next()) {
    if (isHandover(one.value, sourceId)) continue;
    const { stream, revision } = one.value;
    throw new CopyRefused(`${target.name} holds more than the source: revision ${revision} of ${stream}`);
  }
}
