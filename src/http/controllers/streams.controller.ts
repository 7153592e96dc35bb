import { Readable } from 'node:stream';
import { Controller, Get, Header, Headers, Inject, Param, Query, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import type { FastifyReply } from 'fastify';
import type { StockKey } from '../../domain/values/identifiers.js';
import { formatInstant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { StockAsOf } from '../../queries/stock-as-of.js';
import { StreamHistory } from '../../queries/stream-history.js';
import { ValuationQueries } from '../../queries/valuation.js';
import { CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { cellJson } from '../availability-json.js';
import { parseAsOf, parseHistoryQuery, parseStockKey } from '../dto/streams.js';
import { positionToken } from '../position-token.js';
import { Problem } from '../problem.js';

const NDJSON = 'application/x-ndjson';

/** What an auditor asks: everything that was recorded, and the state at any time. */
@Controller('v1/streams/:sku/:location')
@Needs('audit:read')
export class StreamsController {
  constructor(
    @Inject(QueryBus) private readonly queries: QueryBus,
    @Inject(StreamHistory) private readonly history: StreamHistory,
    @Inject(ValuationQueries) private readonly valuation: ValuationQueries,
  ) {}

  /** A page as JSON, or the whole history as one event a line. */
  @Get('events')
  @Header('vary', 'accept')
  async events(
    @Param() path: { sku: string; location: string },
    @Query() query: unknown,
    @Headers('accept') accept: string | undefined,
    @CallerPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const key = visibleKey(path, principal);
    const { from, limit } = parseHistoryQuery(query);
    if (accept?.includes(NDJSON) === true) {
      if ((await this.history.newestPosition(key)) === undefined) throw unknown(key);
      await reply.type(NDJSON).send(Readable.from(lines(this.history.whole(key, from))));
      return;
    }
    const page = await this.history.page(key, from, limit);
    if (page === undefined) throw unknown(key);
    await reply.send({ ...page, position: positionToken(page.position) });
  }

  @Get('state')
  async state(
    @Param() path: { sku: string; location: string },
    @Query() query: unknown,
    @CallerPrincipal() principal: Principal,
  ): Promise<JsonObject> {
    const key = visibleKey(path, principal);
    const view = await this.queries.execute(new StockAsOf(key, parseAsOf(query)));
    if (view === undefined) throw unknown(key);
    const valuation = await this.valuation.asOf(key, view.cell.revision);
    return {
      sku: key.sku,
      ...cellJson(view.cell),
      recordedAt: formatInstant(view.recordedAt),
      position: positionToken(view.position),
      valuation: valuation === undefined ? null : { ...valuation },
    };
  }
}

function visibleKey({ sku, location }: { sku: string; location: string }, principal: Principal): StockKey {
  const key = parseStockKey(sku, location);
  if (!mayUseLocation(principal, key.location)) throw unknown(key);
  return key;
}

const unknown = ({ sku, location }: StockKey): Problem =>
  new Problem(404, 'unknown-stream', `Nothing is known of ${sku} at ${location} for then.`, { sku, location });

/** Lines are joined to some kilobytes each, so that a long history is not sent in tiny pieces. */
async function* lines(events: AsyncIterable<object>): AsyncGenerator<string> {
  let text = '';
  for await (const event of events) {
    text += `${JSON.stringify(event)}\n`;
    if (text.length < 65_536) continue;
    yield text;
    text = '';
  }
  yield text;
}
