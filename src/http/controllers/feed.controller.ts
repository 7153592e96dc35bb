import { Controller, Get, Headers, Inject, type OnModuleDestroy, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../ports/access.js';
import { LiveFeed } from '../../projections/feed/live-feed.js';
import { CallerPrincipal } from '../auth/caller.js';
import { KeyMayBeInAddress, Needs } from '../auth/guard.js';
import { parseFeedQuery } from '../dto/feed.js';
import { feedFilter } from '../feed/feed-filter.js';
import { followFeed } from '../feed/follow-feed.js';

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
    await followFeed(this.feed, MAX_READERS, filter, { lastEventId, after: query.after }, reply);
  }

  /** Open feeds would keep the server from closing. */
  onModuleDestroy(): Promise<void> {
    return this.feed.stop();
  }
}
