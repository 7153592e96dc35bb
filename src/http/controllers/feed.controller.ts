import { Controller, Get, Headers, Inject, type OnModuleDestroy, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../ports/access.js';
import { LiveFeed } from '../../projections/feed/live-feed.js';
import { CallerPrincipal } from '../auth/caller.js';
import { KeyMayBeInAddress, Needs } from '../auth/guard.js';
import { parseFeedPlace, parseFeedQuery } from '../dto/feed.js';
import { writeEventStream } from '../feed/event-stream.js';
import { feedFilter, feedProblem, tooManyReaders } from '../feed/feed-filter.js';

/** Every reader holds a connection and up to some 200 kB. */
const MAX_READERS = 10_000;

@Controller('v1/availability/feed')
export class FeedController implements OnModuleDestroy {
  constructor(@Inject(LiveFeed) private readonly feed: LiveFeed) {}

  @Get()
  @Needs('availability:read')
  @KeyMayBeInAddress()
  async follow(
    @Query() query: Record<string, unknown>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CallerPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const filter = feedFilter(parseFeedQuery(query), principal);
    const place = parseFeedPlace(lastEventId, query.after);
    if (this.feed.size >= MAX_READERS) throw tooManyReaders();
    const reader = await this.feed.open(filter, place).catch(feedProblem(lastEventId ?? query.after));
    reply.hijack();
    await writeEventStream(reply.raw, this.feed, reader);
  }

  /** Open feeds would keep the server from closing. */
  onModuleDestroy(): Promise<void> {
    return this.feed.stop();
  }
}
