import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JournalFileConnector } from '../../../src/adapters/erp/journal-file/journal-file-connector.js';
import { QUIET } from '../../projections-valuation/shop.js';
import { describeErpConnector } from './erp-connector-suite.js';

describeErpConnector('the journal file', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stockfold-journal-'));
  return {
    currency: 'GBP',
    date: '2026-03-02',
    inventoryAccount: 'assets:inventory:STORE-A',
    async connect() {
      const connector = new JournalFileConnector(join(folder, 'postings.journal'), QUIET);
      await connector.open();
      return connector;
    },
    remove: () => rm(folder, { recursive: true }),
  };
});
