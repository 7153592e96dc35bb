import {
  CHECKPOINT_STREAMS,
  DECISION_STREAMS,
  DELIVERY_STREAMS,
  jsonOf,
  REPLAY_STREAMS,
  type StoredEvent,
} from './stored-event.js';

interface Named {
  readonly stream: string;
  readonly newest: StoredEvent;
  readonly position: bigint;
}

interface Decisions {
  revision: number;
  /** By their ids, up to where those hold that are only about what was recorded already, and nobody has ended. */
  readonly standing: Map<string, bigint>;
}

/** Follows the events of the source in their order, and knows at the end which of its positions still count. */
export class NamedPositions {
  /** The last event of each delivery stream and checkpoint. */
  readonly #newest = new Map<string, StoredEvent>();
  readonly #decisions = new Map<string, Decisions>();
  /** Replays that have not come to their end. */
  readonly #replays = new Set<string>();

  note(event: StoredEvent): void {
    const { stream, type } = event;
    if (stream.startsWith(DELIVERY_STREAMS) || stream.startsWith(CHECKPOINT_STREAMS)) this.#newest.set(stream, event);
    else if (stream.startsWith(DECISION_STREAMS)) this.#decided(event);
    else if (!stream.startsWith(REPLAY_STREAMS)) return;
    else if (type === 'ReplayFinished') this.#replays.delete(stream);
    else this.#replays.add(stream);
  }

  get deliveries(): readonly Named[] {
    return this.#namedBy(DELIVERY_STREAMS);
  }

  get checkpoints(): readonly Named[] {
    return this.#namedBy(CHECKPOINT_STREAMS);
  }

  get decisions(): readonly { stream: string; revision: number; standing: ReadonlyMap<string, bigint> }[] {
    return [...this.#decisions].map(([stream, said]) => ({ stream, ...said }));
  }

  get replays(): readonly string[] {
    return [...this.#replays];
  }

  #namedBy(prefix: string): Named[] {
    const events = [...this.#newest].filter(([stream]) => stream.startsWith(prefix));
    return events.map(([stream, newest]) => ({ stream, newest, position: positionOf(jsonOf(newest.data)?.position) }));
  }

  #decided({ stream, revision, type, data }: StoredEvent): void {
    const { standing } = this.#decisions.get(stream) ?? { standing: new Map<string, bigint>() };
    this.#decisions.set(stream, { revision, standing });
    const { id, upTo, wanted } = jsonOf(data) ?? {};
    if (type === 'DecisionEnded') standing.delete(String(id));
    else if (type === 'DecisionMoved') standing.set(String(id), positionOf(upTo));
    else if (type === 'DecisionMade' && isWanted(wanted) && wanted.until === null) {
      standing.set(wanted.id, positionOf(upTo));
    }
  }
}

function isWanted(value: unknown): value is { readonly id: string; readonly until: unknown } {
  return typeof value === 'object' && value !== null && 'until' in value && 'id' in value;
}

const positionOf = (text: unknown): bigint => (typeof text === 'string' && /^\d+$/.test(text) ? BigInt(text) : 0n);
