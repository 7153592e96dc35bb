import { isLocationId } from '../../../domain/values/identifiers.js';
import {
  type ErpBalance,
  type ErpEntry,
  type ErpOutcome,
  type ErpPosting,
  type ErpRejection,
  REJECTIONS,
} from '../../../ports/erp.js';
import { shortened } from '../fetch-failure.js';
import { retryLater } from '../in-turn.js';
import { entryIn, isCurrencyCode, isRecord, minorOf } from '../posting-message.js';
import { EndpointFault } from './fault.js';

/** What became of each posting; unknown where that is not told. */
export function outcomesIn(answer: unknown, postings: readonly ErpPosting[]): readonly ErpOutcome[] {
  const results = new Map(listIn(answer, 'results').map((result) => [result.ref, result]));
  return postings.map(({ ref }) => outcomeIn(results.get(ref)));
}

function outcomeIn(result: Readonly<Record<string, unknown>> | undefined): ErpOutcome {
  if (result === undefined) return retryLater('unknown', 'The endpoint does not say what became of it.');
  const { status, code, detail } = result;
  switch (status) {
    case 'posted':
    case 'duplicate':
      return { status };
    case 'rejected':
      return rejected(code, shortened(detail));
    case 'retry':
      return retryLater('no', shortened(detail) || 'The endpoint cannot take it now.');
    default:
      return retryLater('unknown', `The endpoint answers with a status that is none: ${shortened(status)}`);
  }
}

function rejected(code: unknown, detail: string): ErpOutcome {
  const known = REJECTIONS.find((one): one is ErpRejection => one === code);
  if (known !== undefined) return { status: 'rejected', code: known, detail };
  return { status: 'rejected', code: 'NEEDS_HUMAN', detail: `${shortened(code)}: ${detail}` };
}

/** The refs that are told of. @throws EndpointFault */
export const refsIn = (answer: unknown): readonly string[] =>
  listIn(answer, 'postings').map(({ ref }) => {
    if (typeof ref !== 'string') throw new EndpointFault('The endpoint tells of a posting without its ref.', 'no');
    return ref;
  });

/** @throws EndpointFault when one of them has no lines or amounts that cannot be read */
export function entriesIn(answer: unknown): ReadonlyMap<string, ErpEntry> {
  const entries = listIn(answer, 'postings').map((told): [string, ErpEntry] => {
    const entry = entryIn(told);
    if (entry !== undefined && typeof told.ref === 'string') return [told.ref, entry];
    throw new EndpointFault(`The endpoint does not say what it has posted under ${shortened(told.ref)}.`, 'no');
  });
  return new Map(entries);
}

/** @throws EndpointFault when one of them cannot be read */
export const balancesIn = (answer: unknown): readonly ErpBalance[] =>
  listIn(answer, 'balances').map(({ account, currency, location, ...sides }) => {
    const isPlace = location === undefined || isLocationId(location);
    if (typeof account === 'string' && isCurrencyCode(currency) && isPlace) {
      const [debit, credit] = [minorOf(sides.debit, currency), minorOf(sides.credit, currency)];
      const place = location === undefined ? {} : { location };
      if (debit !== undefined && credit !== undefined) return { account, currency, ...place, debit, credit };
    }
    throw new EndpointFault(`The endpoint tells of a balance that cannot be read: ${shortened(account)}`, 'no');
  });

/** The day, undefined when there is none. @throws EndpointFault */
export function openDateIn(answer: unknown): string | undefined {
  const date: unknown = isRecord(answer) ? answer.date : undefined;
  if (date === null) return undefined;
  if (typeof date === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(date)) return date;
  throw new EndpointFault(`The endpoint tells of an open day that cannot be read: ${shortened(date)}`, 'no');
}

function listIn(answer: unknown, name: string): readonly Readonly<Record<string, unknown>>[] {
  const list: unknown = isRecord(answer) ? answer[name] : undefined;
  if (Array.isArray(list) && list.every(isRecord)) return list;
  throw new EndpointFault(`The answer has no list of ${name}.`, 'unknown');
}
