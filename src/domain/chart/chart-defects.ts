import { ACCOUNT_ROLES } from '../valuation/accounts.js';
import { CHART_DIMENSIONS } from './chart.js';

type JsonRecord = Readonly<Record<string, unknown>>;

const NAME = /^[a-z][a-z0-9-]{0,31}$/;
/** No blanks, so that a journal file can be read back. */
const ACCOUNT = /^[A-Za-z0-9][A-Za-z0-9:._/-]{0,98}$/;
const MAX_TEXT_LENGTH = 64;

/** What is wrong with it, in words; nothing when it can be used. */
export function chartDefects(json: unknown): readonly string[] {
  if (!isRecord(json)) return ['it must be an object with name, version and accounts'];
  const { name, version, journal, accounts, ...others } = json;
  const defects = Object.keys(others).map((other) => `it knows no ${other}`);
  if (typeof name !== 'string' || !NAME.test(name)) {
    defects.push('name must be 1 to 32 lower-case letters, digits and -, and begin with a letter');
  }
  if (!Number.isSafeInteger(version) || Number(version) < 1) defects.push('version must be a whole number from 1');
  if (journal !== undefined && !isText(journal))
    defects.push(`journal must be text of 1 to ${MAX_TEXT_LENGTH} characters`);
  if (!isRecord(accounts)) return [...defects, 'accounts must be an object with an account for every role'];
  for (const role of Object.keys(accounts)) {
    if (!ACCOUNT_ROLES.some((known) => known === role)) {
      defects.push(`accounts.${role} is no role; the roles are ${ACCOUNT_ROLES.join(', ')}`);
    }
  }
  for (const role of ACCOUNT_ROLES) defects.push(...accountDefects(`accounts.${role}`, accounts[role]));
  return defects;
}

function accountDefects(field: string, value: unknown): readonly string[] {
  if (value === undefined) return [`${field} is missing`];
  if (typeof value === 'string') return nameDefects(field, value);
  if (!Array.isArray(value) || value.length === 0) return [`${field} must be an account or a list of rules`];
  const defects = value.flatMap((rule: unknown, index) => ruleDefects(`${field}[${index}]`, rule));
  const last: unknown = value.at(-1);
  if (isRecord(last) && CHART_DIMENSIONS.some((dimension) => last[dimension] !== undefined)) {
    defects.push(`the last rule of ${field} must fit every line: an account and nothing else`);
  }
  return defects;
}

function ruleDefects(field: string, rule: unknown): readonly string[] {
  if (!isRecord(rule)) return [`${field} must be an object with an account`];
  const defects = nameDefects(`${field}.account`, rule.account);
  for (const [name, value] of Object.entries(rule)) {
    if (name === 'account') continue;
    const isKnown = CHART_DIMENSIONS.some((dimension) => dimension === name);
    if (!isKnown) defects.push(`${field}.${name} is no dimension; there are ${CHART_DIMENSIONS.join(', ')}`);
    else if (!isText(value)) defects.push(`${field}.${name} must be text of 1 to ${MAX_TEXT_LENGTH} characters`);
  }
  return defects;
}

function nameDefects(field: string, account: unknown): string[] {
  if (typeof account === 'string' && ACCOUNT.test(account.replace('{location}', 'L'))) return [];
  return [`${field} must be the name of an account: up to 99 letters, digits and : . _ / -, or {location}`];
}

const isText = (value: unknown): value is string =>
  typeof value === 'string' && value.length > 0 && value.length <= MAX_TEXT_LENGTH;

const isRecord = (value: unknown): value is JsonRecord =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
