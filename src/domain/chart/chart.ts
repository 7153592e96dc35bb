import { ACCOUNT_ROLES, type AccountRole } from '../valuation/accounts.js';
import type { JournalLine } from '../valuation/events.js';

/** What a rule may ask of a line. */
export const CHART_DIMENSIONS = ['location', 'class', 'reason'] as const;
export type ChartDimension = (typeof CHART_DIMENSIONS)[number];

/** An account for the lines that have all the dimensions it names. */
export interface AccountRule {
  readonly when: Partial<Readonly<Record<ChartDimension, string>>>;
  /** As the ERP knows it; `{location}` stands for the line's location. */
  readonly account: string;
}

/** Which account of an ERP each role of a posting's line is. */
export interface Chart {
  readonly name: string;
  /** Raised whenever a line would go to another account. */
  readonly version: number;
  /** Code of the journal to post into, where the ERP has several. */
  readonly journal?: string;
  /** The first rule that fits; the last one fits every line. */
  readonly accounts: Readonly<Record<AccountRole, readonly AccountRule[]>>;
}

/** Name and version, as deliveries record it. */
export const mappingOf = ({ name, version }: Chart): string => `${name}-${version}`;

/** A line that names its account has that one, whatever the chart says. */
export function accountOf(chart: Chart, { role, location, dimensions, account }: Omit<JournalLine, 'amount'>): string {
  if (account !== undefined) return account;
  const rule = chart.accounts[role].find(
    ({ when }) =>
      (when.location ?? location) === location &&
      (when.class ?? dimensions?.class) === dimensions?.class &&
      (when.reason ?? dimensions?.reason) === dimensions?.reason,
  );
  if (rule === undefined) throw new Error(`The chart ${mappingOf(chart)} has no account for ${role}`);
  return rule.account.replace('{location}', location);
}

/** One account for all lines of a role, or rules. */
export type AccountsOfRoles = Readonly<Record<AccountRole, string | readonly ChartFileRule[]>>;
type ChartFileRule = { readonly account: string } & AccountRule['when'];

/** A chart written in code, in the form that {@link parseChart} reads. */
export function chartOf({
  accounts,
  ...head
}: Omit<Chart, 'accounts'> & { readonly accounts: AccountsOfRoles }): Chart {
  const rules = ACCOUNT_ROLES.map((role) => [role, rulesOf(accounts[role])] as const);
  return { ...head, accounts: Object.fromEntries(rules) as Chart['accounts'] };
}

export function rulesOf(accounts: string | readonly ChartFileRule[]): readonly AccountRule[] {
  if (typeof accounts === 'string') return [{ when: {}, account: accounts }];
  return accounts.map(({ account, ...when }) => ({ when, account }));
}
