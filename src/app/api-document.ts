import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';

/** `/openapi.json` and the pages of `/docs`. */
export function serveApiDocument(app: NestFastifyApplication): void {
  const description = new DocumentBuilder()
    .setTitle('Stockfold')
    .setDescription('Event-sourced inventory availability.')
    .setVersion('1')
    .addBearerAuth({ type: 'http', scheme: 'bearer' })
    .build();
  const document = SwaggerModule.createDocument(app, description);
  SwaggerModule.setup('docs', app, document, { jsonDocumentUrl: 'openapi.json' });
}
