import { Inject, Injectable } from '@nestjs/common';
import { EventStore } from '../../ports/event-store.js';
import { type RecordedReplay, readReplay } from '../../streams/replay-streams.js';

/** Replays, from their streams. */
@Injectable()
export class ReplayQueries {
  constructor(@Inject(EventStore) private readonly store: EventStore) {}

  /** Undefined when there is none with this id. */
  byId(id: string): Promise<RecordedReplay | undefined> {
    return readReplay(this.store, id);
  }
}
