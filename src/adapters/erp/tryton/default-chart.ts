import { chartOf } from '../chart.js';

/** Used unless ERP_CHART names another: a retailer with two stores of its own accounts. */
export const TRYTON_CHART = chartOf({
  name: 'tryton',
  version: 1,
  journal: 'INV',
  accounts: {
    inventory: [{ location: 'STORE-B', account: '1401' }, { account: '1400' }],
    'in-transit': '1450',
    grni: '2150',
    'returns-clearing': '2160',
    cogs: '5000',
    shrinkage: '5100',
    revaluation: '5200',
  },
});
