import { headers, type JetStreamClient, type JetStreamManager, StringCodec } from 'nats';
import type { CloudEvent } from '../../../ports/event-bus.js';
import { isApiError } from '../../nats.js';

const PUBLISH_TIMEOUT_MS = 3_000;
const WRONG_LAST_SEQUENCE = 10_071;
const NO_MESSAGE_FOUND = 10_037;
/** Some 40 MB at the very most; what is forgotten is asked for again. */
const MAX_KNOWN_SUBJECTS = 200_000;

/** The last event of a subject, as far as this process knows. */
interface LastOfSubject {
  /** JetStream's number of the message; 0 when there is none. */
  readonly sequence: number;
  readonly event: Pick<CloudEvent, 'source' | 'sequence'> | undefined;
}

const NONE: LastOfSubject = { sequence: 0, event: undefined };
const text = StringCodec();

/**
 * Publishes to a subject only behind the message that it knows to be the last one there. When another publisher was
 * faster, it looks: what is there and newer stays, and its own event is dropped.
 */
export class SubjectPublisher {
  private readonly known = new Map<string, LastOfSubject>();

  constructor(
    private readonly jetStream: JetStreamClient,
    private readonly manager: JetStreamManager,
  ) {}

  async publish(stream: string, subject: string, event: CloudEvent): Promise<void> {
    let last = this.known.get(subject) ?? NONE;
    while (!isOvertaken(event, last)) {
      try {
        const { seq } = await this.send(subject, event, last.sequence);
        return this.note(subject, { sequence: seq, event });
      } catch (error) {
        if (!isApiError(error, WRONG_LAST_SEQUENCE)) throw error;
        last = await this.lastOf(stream, subject);
        this.note(subject, last);
      }
    }
  }

  private send(subject: string, event: CloudEvent, lastSubjectSequence: number) {
    const contentType = headers();
    contentType.set('content-type', 'application/cloudevents+json');
    const body = JSON.stringify({ specversion: '1.0', datacontenttype: 'application/json', ...event });
    return this.jetStream.publish(subject, body, {
      msgID: `${event.source}/${event.id}`,
      expect: { lastSubjectSequence },
      headers: contentType,
      timeout: PUBLISH_TIMEOUT_MS,
    });
  }

  private async lastOf(stream: string, subject: string): Promise<LastOfSubject> {
    try {
      const message = await this.manager.streams.getMessage(stream, { last_by_subj: subject });
      return { sequence: message.seq, event: eventIn(text.decode(message.data)) };
    } catch (error) {
      if (isApiError(error, NO_MESSAGE_FOUND)) return NONE;
      throw error;
    }
  }

  private note(subject: string, last: LastOfSubject): void {
    if (this.known.size >= MAX_KNOWN_SUBJECTS) this.known.clear();
    this.known.set(subject, last);
  }
}

/** An event of another source tells of another store's stream, so it is neither newer nor older. */
const isOvertaken = (event: CloudEvent, { event: last }: LastOfSubject): boolean =>
  last !== undefined && last.source === event.source && last.sequence >= event.sequence;

/** Undefined for what this service did not publish. */
function eventIn(body: string): LastOfSubject['event'] {
  try {
    const { source, sequence } = JSON.parse(body) as Partial<CloudEvent>;
    return typeof source === 'string' && typeof sequence === 'string' ? { source, sequence } : undefined;
  } catch {
    return undefined;
  }
}
