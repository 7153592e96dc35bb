import type { FastifyReply } from 'fastify';
import type { FeedPlace } from '../../projections/feed/feed-entry.js';
import type { FeedFilter, FeedReader } from '../../projections/feed/feed-reader.js';
import { parseFeedPlace } from '../dto/feed.js';
import { type EventFeed, writeEventStream } from './event-stream.js';
import { feedProblem, tooManyReaders } from './feed-filter.js';

interface Feed extends EventFeed {
  readonly size: number;
  open(filter: FeedFilter, after?: FeedPlace): Promise<FeedReader>;
}

/** Where a client goes on: what its browser remembers, else what its address says. */
interface Beginning {
  readonly lastEventId: string | undefined;
  readonly after: unknown;
}

/** Tells a client a feed until either side ends it. @throws Problem before anything is told */
export async function followFeed(
  feed: Feed,
  maxReaders: number,
  filter: FeedFilter,
  { lastEventId, after }: Beginning,
  reply: FastifyReply,
): Promise<void> {
  const place = parseFeedPlace(lastEventId, after);
  if (feed.size >= maxReaders) throw tooManyReaders();
  const reader = await feed.open(filter, place).catch(feedProblem(lastEventId ?? after));
  reply.hijack();
  await writeEventStream(reply.raw, feed, reader);
}
