import { Controller, Get, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { JsonObject } from '../../domain/values/json.js';
import { EventStore } from '../../ports/event-store.js';
import { Runners } from '../../projections/runners.js';
import { Needs } from '../auth/guard.js';
import { ServiceMetrics } from '../metrics.js';
import { positionToken } from '../position-token.js';

/** What an operator and their machines ask. */
@Controller()
export class OperationsController {
  constructor(
    @Inject(Runners) private readonly runners: Runners,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  @Get('health/live')
  live(): JsonObject {
    return { status: 'live' };
  }

  /** Ready: the event store answers, and the read models have reached the head seen at start. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<JsonObject> {
    const eventStore = await this.store.head(['stock-']).then(
      () => 'up',
      () => 'down',
    );
    const catchingUp = this.runners.catchingUp();
    if (eventStore === 'up' && catchingUp.length === 0) return { status: 'ready' };
    void reply.status(503).header('retry-after', '1');
    return { status: 'not-ready', eventStore, catchingUp };
  }

  @Get('metrics')
  async scrape(@Res() reply: FastifyReply): Promise<void> {
    this.metrics.observeProjections(this.runners.statuses());
    await reply.type(this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }

  @Get('v1/projections')
  @Needs('admin')
  async projections(): Promise<JsonObject> {
    const projections = this.runners.statuses().map(({ name, position, live, failures, lastError }) => ({
      name,
      position: positionToken(position),
      live,
      failures,
      ...(lastError === undefined ? {} : { lastError }),
    }));
    return { projections };
  }
}
