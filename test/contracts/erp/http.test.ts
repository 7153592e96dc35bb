import { HttpConnector } from '../../../src/adapters/erp/http/http-connector.js';
import { Ledger } from '../../adapters-erp/http/ledger.js';
import { describeErpConnector } from './erp-connector-suite.js';

describeErpConnector('an HTTP endpoint', async () => {
  const ledger = await Ledger.start();
  return {
    currency: 'EUR',
    date: '2026-03-02',
    inventoryAccount: 'inventory',
    async connect() {
      const connector = new HttpConnector(ledger.settings);
      await connector.open();
      return connector;
    },
    remove: () => ledger.kill(),
  };
});
