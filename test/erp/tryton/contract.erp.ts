import { TrytonConnector } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import { describeErpConnector } from '../../contracts/erp/erp-connector-suite.js';
import { QUIET } from '../../projections-valuation/shop.js';
import { Tryton } from './tryton.mjs';

describeErpConnector('Tryton', async () => {
  const tryton = await Tryton.start();
  return {
    currency: 'EUR',
    date: new Date().toISOString().slice(0, 10),
    inventoryAccount: '1400',
    async connect() {
      const connector = new TrytonConnector(tryton.account, QUIET);
      await connector.open();
      return connector;
    },
    remove: () => tryton.stop(),
  };
});
