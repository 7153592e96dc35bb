/** What an account is for. Which account of an ERP's chart that is, its connector says. */
export const ACCOUNT_ROLES = [
  'inventory',
  'in-transit',
  'grni',
  'returns-clearing',
  'cogs',
  'shrinkage',
  'revaluation',
] as const;
export type AccountRole = (typeof ACCOUNT_ROLES)[number];
