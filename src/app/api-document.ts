import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { openApiDocument } from '../http/contract/document.js';

/** `/openapi.json` and the pages of `/docs`: the written contract, not one guessed from the code. */
export function serveApiDocument(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app, openApiDocument() as OpenAPIObject, { jsonDocumentUrl: 'openapi.json' });
}
