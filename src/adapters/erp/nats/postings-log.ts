import {
  DiscardPolicy,
  headers,
  type JetStreamClient,
  type JetStreamManager,
  type NatsConnection,
  RetentionPolicy,
  StorageType,
  type StreamConfig,
  StringCodec,
} from 'nats';
import { ensureStream, isApiError, natsSubject } from '../../nats.js';
import type { PostingMessage } from '../posting-message.js';

/** Where the postings of a connector lie. */
export interface PostingsLogNames {
  readonly stream: string;
  /** Of every posting: behind it come location and ref. */
  readonly subject: string;
  /** Tells the location of each ref, so that a posting can be looked up by its ref alone. */
  readonly refsStream: string;
  readonly refsSubject: string;
}

/** Someone has set the stream up so that a posting of long ago could be published a second time. */
export class ForgetfulStream extends Error {
  override readonly name = 'ForgetfulStream';
}

const WRONG_LAST_SEQUENCE = 10_071;
const NO_MESSAGE_FOUND = 10_037;
const text = StringCodec();

/** The postings in JetStream, each under a subject of its own, which the server never gives a second message. */
export class PostingsLog {
  private constructor(
    private readonly names: PostingsLogNames,
    private readonly jetStream: JetStreamClient,
    private readonly manager: JetStreamManager,
  ) {}

  /** Makes the streams where they are not there. @throws ForgetfulStream */
  static async open(connection: NatsConnection, names: PostingsLogNames, timeoutMs: number): Promise<PostingsLog> {
    const manager = await connection.jetstreamManager({ timeout: timeoutMs });
    const common = { retention: RetentionPolicy.Limits, storage: StorageType.File, discard: DiscardPolicy.New };
    await ensureStream(manager, { ...common, name: names.stream, subjects: [`${names.subject}.>`] });
    const { config } = await manager.streams.info(names.stream);
    if (forgets(config)) {
      throw new ForgetfulStream(
        `The stream ${names.stream} forgets: it must have the retention "limits", discard "new" and no greatest age.`,
      );
    }
    const refs = { name: names.refsStream, subjects: [`${names.refsSubject}.>`], max_msgs_per_subject: 1 };
    await ensureStream(manager, { ...common, ...refs });
    return new PostingsLog(names, connection.jetstream({ timeout: timeoutMs }), manager);
  }

  /** Comes before a posting is published: what is published can then be found, whatever happens in between. */
  async noteLocation({ ref, location }: Pick<PostingMessage, 'ref' | 'location'>): Promise<void> {
    await this.jetStream.publish(this.refSubject(ref), location, { expect: { streamName: this.names.refsStream } });
  }

  /** @returns false when there is a message under this ref and location */
  async publish(message: PostingMessage): Promise<boolean> {
    const contentType = headers();
    contentType.set('content-type', 'application/json');
    try {
      const { duplicate } = await this.jetStream.publish(this.subjectOf(message), JSON.stringify(message), {
        msgID: message.ref,
        expect: { streamName: this.names.stream, lastSubjectSequence: 0 },
        headers: contentType,
      });
      return !duplicate;
    } catch (error) {
      if (isApiError(error, WRONG_LAST_SEQUENCE)) return false;
      throw error;
    }
  }

  /** What is published under a ref; undefined when nothing is. @throws when that cannot be told */
  async read(ref: string): Promise<unknown> {
    const location = await this.lastOn(this.names.refsStream, this.refSubject(ref));
    if (location === undefined) return undefined;
    const message = await this.lastOn(this.names.stream, this.subjectOf({ ref, location }));
    return message === undefined ? undefined : JSON.parse(message);
  }

  /** Asks the leader: a replica may not know yet. */
  private async lastOn(stream: string, subject: string): Promise<string | undefined> {
    try {
      const { data } = await this.manager.streams.getMessage(stream, { last_by_subj: subject });
      return text.decode(data);
    } catch (error) {
      if (isApiError(error, NO_MESSAGE_FOUND)) return undefined;
      throw error;
    }
  }

  private subjectOf({ ref, location }: Pick<PostingMessage, 'ref' | 'location'>): string {
    return natsSubject(this.names.subject, `${location}/${ref}`);
  }

  private refSubject(ref: string): string {
    return natsSubject(this.names.refsSubject, ref);
  }
}

/** A stream that drops messages by itself, or when somebody has read them. */
function forgets({ retention, discard, max_age, max_msgs, max_bytes }: StreamConfig): boolean {
  const isBounded = max_msgs > 0 || max_bytes > 0;
  return retention !== RetentionPolicy.Limits || max_age > 0 || (isBounded && discard !== DiscardPolicy.New);
}
