import { ACCOUNT_ROLES, type AccountRole } from '../../domain/valuation/accounts.js';
import type { JournalLine } from '../../domain/valuation/events.js';
import { ErpAccounts } from '../../ports/erp.js';

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

export function accountOf(chart: Chart, { role, location, dimensions }: Omit<JournalLine, 'amount'>): string {
  const rule = chart.accounts[role].find(
    ({ when }) =>
      (when.location ?? location) === location &&
      (when.class ?? dimensions?.class) === dimensions?.class &&
      (when.reason ?? dimensions?.reason) === dimensions?.reason,
  );
  if (rule === undefined) throw new Error(`The chart ${mappingOf(chart)} has no account for ${role}`);
  return rule.account.replace('{location}', location);
}

/** The charts of connectors, by their names. */
export class ChartAccounts extends ErpAccounts {
  constructor(private readonly charts: ReadonlyMap<string, Chart>) {
    super();
  }

  /** @throws for a connector that has no chart */
  override accountOf(connector: string, line: JournalLine): string {
    const chart = this.charts.get(connector);
    if (chart === undefined) throw new Error(`No chart of accounts is known for ${connector}.`);
    return accountOf(chart, line);
  }
}

/** One account for all lines of a role, or rules. */
type AccountsOfRoles = Readonly<Record<AccountRole, string | readonly ChartFileRule[]>>;
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
