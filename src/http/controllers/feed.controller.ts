import { Controller, Get, Headers, Inject, type OnModuleDestroy, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import type { FeedFilter } from '../../projections/feed/feed-reader.js';
import { LiveFeed, UnknownPlace } from '../../projections/feed/live-feed.js';
import { CallerPrincipal } from '../auth/caller.js';
import { KeyMayBeInAddress, Needs } from '../auth/guard.js';
import { expected, invalid } from '../body/validate.js';
import { parseFeedPlace, parseFeedQuery } from '../dto/feed.js';
import { writeEventStream } from '../feed/event-stream.js';
import { Problem } from '../problem.js';

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
    const filter = filterOf(query, principal);
    const place = parseFeedPlace(lastEventId, query.after);
    if (this.feed.size >= MAX_READERS) {
      throw new Problem(503, 'overloaded', 'Too many read the feed here; come again.', {}, 2);
    }
    const reader = await this.feed.open(filter, place).catch(asProblem(lastEventId ?? query.after));
    reply.hijack();
    await writeEventStream(reply.raw, this.feed, reader);
  }

  /** Open feeds would keep the server from closing. */
  onModuleDestroy(): Promise<void> {
    return this.feed.stop();
  }
}

function filterOf(query: Record<string, unknown>, principal: Principal): FeedFilter {
  const { sku, locations, types } = parseFeedQuery(query);
  const only = locations === undefined ? undefined : new Set(locations);
  return {
    includes: (location) => mayUseLocation(principal, location) && (only?.has(location) ?? true),
    ...(sku === undefined ? {} : { skus: new Set(sku) }),
    ...(types === undefined ? {} : { names: new Set(types) }),
  };
}

const asProblem = (place: unknown) => (error: unknown) => {
  if (!(error instanceof UnknownPlace)) throw error;
  const what = 'must be a place that this feed has reached';
  throw invalid([{ path: 'Last-Event-ID or after', message: expected(what, place) }], 'parameter');
};
