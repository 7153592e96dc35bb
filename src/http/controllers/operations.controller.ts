import { setTimeout as sleep } from 'node:timers/promises';
import { Controller, Get, HttpCode, Inject, Param, Post, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { formatInstant, type Instant } from '../../domain/values/instant.js';
import type { JsonObject } from '../../domain/values/json.js';
import type { RebuildStatus } from '../../ports/availability-store.js';
import { Clock } from '../../ports/clock.js';
import { EventStore, EventStoreRefused, type Position } from '../../ports/event-store.js';
import type { ProjectionRunner, ProjectionStatus } from '../../projections/run.js';
import { Runners } from '../../projections/runners.js';
import { Needs } from '../auth/guard.js';
import { ServiceMetrics } from '../metrics.js';
import { positionToken } from '../position-token.js';
import { Problem } from '../problem.js';
import { homeOf } from '../projection-homes.js';

/** A service whose event store takes longer is of no use to anybody who waits for it. */
const STORE_ANSWERS_WITHIN_MS = 2_000;

/** What an operator and their machines ask. */
@Controller()
export class OperationsController {
  constructor(
    @Inject(Runners) private readonly runners: Runners,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get('health/live')
  live(): JsonObject {
    return { status: 'live' };
  }

  /** Ready: the event store answers soon, and the read models have reached the head seen at start. */
  @Get('health/ready')
  async ready(@Res({ passthrough: true }) reply: FastifyReply): Promise<JsonObject> {
    const eventStore = await this.eventStoreState();
    const catchingUp = this.runners.catchingUp();
    if (eventStore === 'up' && catchingUp.length === 0) return { status: 'ready' };
    void reply.status(503).header('retry-after', '1');
    return { status: 'not-ready', eventStore, catchingUp };
  }

  /** A read of one event, which the leader of a cluster must answer; while there is none it waits for one. */
  private async eventStoreState(): Promise<'up' | 'refused' | 'down'> {
    const answered = new AbortController();
    const late = sleep(STORE_ANSWERS_WITHIN_MS, 'down' as const, { signal: answered.signal, ref: false });
    const asked = this.store.identity().then(
      () => 'up' as const,
      (error: unknown) => (error instanceof EventStoreRefused ? 'refused' : 'down'),
    );
    late.catch(() => undefined);
    return Promise.race([asked, late]).finally(() => answered.abort());
  }

  @Get('metrics')
  async scrape(@Res() reply: FastifyReply): Promise<void> {
    this.metrics.observeProjections(this.runners.statuses());
    await reply.type(this.metrics.registry.contentType).send(await this.metrics.registry.metrics());
  }

  @Get('v1/projections')
  @Needs('admin')
  async projections(): Promise<JsonObject> {
    return { projections: await Promise.all(this.runners.all().map((runner) => this.describe(runner))) };
  }

  /** Builds a read model anew beside the one that goes on answering; its progress is in the list of projections. */
  @Post('v1/projections/:name/rebuild')
  @HttpCode(202)
  @Needs('admin')
  async rebuild(@Param('name') name: string): Promise<JsonObject> {
    const runner = this.runners.named(name);
    if (runner === undefined) throw notHere(name);
    if (!(await runner.rebuild())) {
      throw new Problem(409, 'not-rebuildable', `${name} keeps nothing that could be built anew.`, { name });
    }
    return this.describe(runner);
  }

  private async describe(runner: ProjectionRunner): Promise<JsonObject> {
    const [head, model] = await Promise.all([
      this.headFor(runner).catch(() => undefined),
      runner.modelStatus().catch(() => undefined),
    ]);
    const status = runner.status();
    const { name, position, live, failures, lastError } = status;
    return {
      name,
      position: positionToken(position),
      head: head === undefined ? null : positionToken(head),
      lagMs: head === undefined ? null : lagMs(status, head, this.clock.now()),
      live,
      failures,
      ...(lastError === undefined ? {} : { lastError }),
      ...(model === undefined ? {} : { generation: model.generation }),
      ...(model?.rebuild === undefined ? {} : { rebuild: rebuildJson(model.rebuild) }),
    };
  }

  /** Where it has to get to. Most are there, which is quickly seen; finding the newest event may take a long search. */
  private async headFor(runner: ProjectionRunner): Promise<Position> {
    const { streamPrefixes } = runner;
    const { position } = runner.status();
    for await (const _ of this.store.readAll({ after: position, streamPrefixes, maxCount: 1 })) {
      return this.store.head(streamPrefixes);
    }
    return position;
  }
}

/** Projections of other processes cannot be asked through this one. */
function notHere(name: string): Problem {
  const home = homeOf(name);
  if (home === undefined) {
    return new Problem(404, 'unknown-projection', `No projection is named ${name}.`, { name });
  }
  const detail = `${name} does not run in this process but ${home.where}. Ask that process.`;
  return new Problem(409, 'runs-elsewhere', detail, { name, role: home.role });
}

/** How long ago the newest event dealt with was recorded; 0 at the head, null when none has been dealt with yet. */
function lagMs({ position, recordedAt }: ProjectionStatus, head: Position, now: Instant): number | null {
  if (position >= head) return 0;
  return recordedAt === undefined ? null : Math.max(0, now - recordedAt);
}

function rebuildJson({ generation, startedAt, finishedAt, position, target, comparison }: RebuildStatus): JsonObject {
  const fraction = finishedAt !== undefined || target === 0n ? 1 : Number((position * 10_000n) / target) / 10_000;
  return {
    generation,
    startedAt: formatInstant(startedAt),
    ...(finishedAt === undefined ? {} : { finishedAt: formatInstant(finishedAt) }),
    position: positionToken(position),
    target: positionToken(target),
    fraction: Math.min(1, fraction),
    ...(comparison === undefined
      ? {}
      : {
          compared: comparison.compared,
          differences: comparison.differing,
          differing: comparison.examples,
          undecided: comparison.undecided,
          checksums: comparison.checksums,
        }),
  };
}
