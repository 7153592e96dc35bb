import { ACCOUNT_ROLES, type AccountRole } from '../../domain/valuation/accounts.js';
import { type Chart, chartOf } from './chart.js';

/** Accounts named as their roles, for whoever maps them behind the connector; used unless ERP_CHART names another. */
export const ROLES_CHART: Chart = chartOf({
  name: 'roles',
  version: 1,
  accounts: Object.fromEntries(ACCOUNT_ROLES.map((role) => [role, role])) as Record<AccountRole, string>,
});
