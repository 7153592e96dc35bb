import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { asyncApiDocument } from '../http/contract/asyncapi.js';
import { openApiDocument } from '../http/contract/document.js';

/** `/openapi.json`, the pages of `/docs` and `/asyncapi.json`: the written contracts, not ones guessed from the code. */
export function serveApiDocument(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, openApiDocument() as OpenAPIObject, { jsonDocumentUrl: 'openapi.json' });
  const asyncApi = asyncApiDocument();
  app.getHttpAdapter().get('/asyncapi.json', (_: unknown, reply: FastifyReply) => reply.send(asyncApi));
}
