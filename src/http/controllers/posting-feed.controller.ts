import { Controller, Get, Headers, Inject, type OnModuleDestroy, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { Principal } from '../../ports/access.js';
import { PostingFeed } from '../../projections/feed/posting-feed.js';
import { CallerPrincipal } from '../auth/caller.js';
import { KeyMayBeInAddress, Needs } from '../auth/guard.js';
import { parsePostingFeedQuery } from '../dto/feed.js';
import { feedFilter } from '../feed/feed-filter.js';
import { followFeed } from '../feed/follow-feed.js';

/** People and their tools: each reader follows the streams on its own. */
const MAX_READERS = 100;

@Controller('v1/postings/feed')
export class PostingFeedController implements OnModuleDestroy {
  constructor(@Inject(PostingFeed) private readonly feed: PostingFeed) {}

  @Get()
  @Needs('postings:read')
  @KeyMayBeInAddress()
  async follow(
    @Query() query: Record<string, unknown>,
    @Headers('last-event-id') lastEventId: string | undefined,
    @CallerPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const filter = feedFilter(parsePostingFeedQuery(query), principal);
    await followFeed(this.feed, MAX_READERS, filter, { lastEventId, after: query.after }, reply);
  }

  /** Open feeds would keep the server from closing. */
  onModuleDestroy(): Promise<void> {
    return this.feed.stop();
  }
}
