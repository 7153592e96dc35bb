import type { AccountRole } from '../../../domain/valuation/accounts.js';
import type { LocationId } from '../../../domain/values/identifiers.js';

/** Name and version of the accounts below; raised when a role goes to another account. */
export const CHART = 'hledger-1';

/** `{location}` stands for the line's location. */
const ACCOUNTS: Readonly<Record<AccountRole, string>> = {
  inventory: 'assets:inventory:{location}',
  'in-transit': 'assets:in-transit',
  grni: 'liabilities:grni',
  'returns-clearing': 'liabilities:returns-clearing',
  cogs: 'expenses:cogs',
  shrinkage: 'expenses:shrinkage',
  revaluation: 'expenses:revaluation',
};

export const accountOf = (role: AccountRole, location: LocationId): string =>
  ACCOUNTS[role].replace('{location}', location);
