import { randomUUID } from 'node:crypto';
import { BookedNatsConnector, Middleware } from '../../adapters-erp/nats/middleware.js';
import { realNats } from '../../support/servers.js';
import { describeErpConnector } from './erp-connector-suite.js';

describeErpConnector('NATS JetStream', async () => {
  const url = await realNats();
  const stream = `S-${randomUUID()}`;
  const middleware = await Middleware.on(url, `${stream}-POSTINGS-nats`);
  return {
    currency: 'EUR',
    date: '2026-03-02',
    inventoryAccount: 'inventory',
    async connect() {
      const connector = new BookedNatsConnector(url, { stream, subjectPrefix: stream.toLowerCase() }, middleware);
      await connector.open();
      return connector;
    },
    remove: () => middleware.close(),
  };
});
