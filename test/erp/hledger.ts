import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { programs } from '../support/programs.js';

/** What hledger says of a journal. @throws with its complaint */
export async function hledger(journal: string, ...args: readonly string[]): Promise<string> {
  const { hledger: path } = await programs();
  return (await promisify(execFile)(path, ['-f', journal, ...args])).stdout;
}

/** The balance of every account that is not 0, e.g. `{'expenses:cogs': '12.34 GBP'}`. */
export async function balances(journal: string, ...query: readonly string[]): Promise<Record<string, string>> {
  const csv = await hledger(journal, 'balance', '--flat', '--no-total', '-O', 'csv', ...query);
  const rows = csv.trim().split('\n').slice(1);
  return Object.fromEntries(rows.map((row) => row.slice(1, -1).split('","')));
}
