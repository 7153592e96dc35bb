import { DiscardPolicy, type JetStreamManager, nanos, RetentionPolicy, StorageType } from 'nats';
import { ensureStream } from '../../nats.js';

const EXCEPTIONS_KEPT_MS = 30 * 86_400_000;
const EXCEPTIONS_KEPT_AT_MOST = 1_000_000;

/** The JetStream streams of the feed, by the first segment of what their events are about. */
export interface FeedStreams {
  readonly availability: string;
  readonly exceptions: string;
  /** Apart from the others, so that a server's permissions can keep it from storefronts. */
  readonly 'posting-exceptions': string;
}

export const feedStreams = (name: string): FeedStreams => ({
  availability: name,
  exceptions: `${name}-EXCEPTIONS`,
  'posting-exceptions': `${name}-POSTING-EXCEPTIONS`,
});

/** Where events about this are kept. */
export function streamOf(streams: FeedStreams, path: string): string {
  const [first = ''] = path.split('/', 1);
  if (first === 'exceptions' || first === 'posting-exceptions') return streams[first];
  return streams.availability;
}

/**
 * Makes the streams where they are not there. Availability keeps the last event of each SKU and location: whoever
 * comes late reads the present state of everything, and it never grows beyond that. Exceptions stay for a month.
 */
export async function ensureFeedStreams(manager: JetStreamManager, names: FeedStreams, prefix: string): Promise<void> {
  const common = { retention: RetentionPolicy.Limits, storage: StorageType.File, discard: DiscardPolicy.Old };
  await ensureStream(manager, {
    ...common,
    name: names.availability,
    subjects: [`${prefix}.availability.>`],
    max_msgs_per_subject: 1,
  });
  for (const exceptions of ['exceptions', 'posting-exceptions'] as const) {
    await ensureStream(manager, {
      ...common,
      name: names[exceptions],
      subjects: [`${prefix}.${exceptions}.>`],
      max_age: nanos(EXCEPTIONS_KEPT_MS),
      max_msgs: EXCEPTIONS_KEPT_AT_MOST,
    });
  }
}
