import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { DynamicModule, Provider, Type } from '@nestjs/common';
import { APP_GUARD, NestFactory } from '@nestjs/core';
import { CqrsModule } from '@nestjs/cqrs';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { ScopeGuard } from '../http/auth/guard.js';
import { readJson } from '../http/body/read-json.js';
import type { ServiceMetrics } from '../http/metrics.js';
import { ProblemFilter } from '../http/problem-filter.js';
import type { Log } from '../ports/log.js';
import { serveApiDocument } from './api-document.js';

class ServiceModule {}

/** The HTTP side of a process: controllers over the providers given, strict bodies, problems as answers. */
export async function createHttpServer(
  controllers: Type[],
  providers: Provider[],
  metrics: ServiceMetrics,
  log: Log,
): Promise<NestFastifyApplication> {
  const adapter = new FastifyAdapter({
    genReqId: () => randomUUID(),
    forceCloseConnections: 'idle',
  });
  const module: DynamicModule = {
    module: ServiceModule,
    imports: [CqrsModule.forRoot()],
    controllers,
    providers: [...providers, { provide: APP_GUARD, useClass: ScopeGuard }],
  };
  const app = await NestFactory.create<NestFastifyApplication>(module, adapter, {
    logger: false,
    bodyParser: false,
    abortOnError: false,
  });
  app.useGlobalFilters(new ProblemFilter(log));
  configure(adapter.getInstance(), metrics);
  serveApiDocument(app);
  await app.init();
  return app;
}

function configure(fastify: FastifyInstance, metrics: ServiceMetrics): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', (_: unknown, payload: IncomingMessage, done) =>
    readJson(payload, done),
  );
  fastify.addHook('onRoute', (route) => {
    const took = metrics.requests.ofRoute(String(route.method), route.url);
    route.onResponse = (_, reply, done) => {
      took(reply.statusCode, reply.elapsedTime / 1_000);
      done();
    };
  });
  const unrouted = metrics.requests.ofRoute('any', 'unknown');
  fastify.addHook('onResponse', (request, reply, done) => {
    if (request.is404) unrouted(reply.statusCode, reply.elapsedTime / 1_000);
    done();
  });
}
