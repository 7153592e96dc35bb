import { chartOf } from '../chart.js';

/** Used unless ERP_CHART names another. */
export const HLEDGER_CHART = chartOf({
  name: 'hledger',
  version: 1,
  accounts: {
    inventory: 'assets:inventory:{location}',
    'in-transit': 'assets:in-transit',
    grni: 'liabilities:grni',
    'returns-clearing': 'liabilities:returns-clearing',
    cogs: 'expenses:cogs',
    shrinkage: 'expenses:shrinkage',
    revaluation: 'expenses:revaluation',
  },
});
