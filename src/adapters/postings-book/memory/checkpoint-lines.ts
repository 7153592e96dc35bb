import { Map as ImmutableMap } from 'immutable';
import type { DeliveryState, Standstill } from '../../../domain/delivery/state.js';
import type { ConnectorLedger, LedgerContent } from './connector-ledger.js';
import type { PostingTable } from './posting-table.js';

/** Name and version of the form of these lines. */
export const POSTINGS_FORMAT = 'stockfold-postings-2';
/** Postings in a line, some 3 MB. */
const BLOCK = 65_536;

/** The book as it is now, in lines: streams, then blocks of postings, then what each connector made of them. */
export function checkpointLines(table: PostingTable, ledgers: readonly ConnectorLedger[]): Iterable<string> {
  const ends = ledgers.map(
    (ledger) => `L${JSON.stringify({ connector: ledger.connector, ...stored(ledger.content()) })}`,
  );
  const [streams, postings] = [table.streamCount, table.size];
  return linesUpTo(table, streams, postings, ends);
}

/** What is added meanwhile is left out: rows never change. */
function* linesUpTo(
  table: PostingTable,
  streams: number,
  postings: number,
  ends: readonly string[],
): Generator<string> {
  for (let number = 0; number < streams; number += 1) yield `S${table.streamName(number)}`;
  for (let from = 0; from < postings; from += BLOCK) yield `P${table.encoded(from, Math.min(from + BLOCK, postings))}`;
  yield* ends;
}

/** Reads what {@link checkpointLines} wrote. @param ledgerOf makes the ledger of a connector */
export function restoreLines(
  lines: Iterable<string>,
  table: PostingTable,
  ledgerOf: (connector: string) => ConnectorLedger,
): void {
  for (const line of lines) {
    const rest = line.slice(1);
    if (line.startsWith('S')) table.addStream(rest);
    else if (line.startsWith('P')) table.addEncoded(rest);
    else {
      const { connector, ...content } = JSON.parse(rest) as StoredLedger & { connector: string };
      ledgerOf(connector).restore(restored(content));
    }
  }
}

type StoredStandstill = Omit<Standstill, 'courses'> & {
  courses: [string, Standstill['courses'] extends ReadonlyMap<string, infer Course> ? Course : never][];
};
type StoredState = Omit<DeliveryState, 'position' | 'standstills'> & {
  position: string;
  standstills: [string, StoredStandstill][];
};
type StoredLedger = Omit<LedgerContent, 'states'> & { states: StoredState[] };

function stored({ states, ...rest }: LedgerContent): StoredLedger {
  return {
    ...rest,
    states: states.map(({ position, standstills, ...state }) => ({
      ...state,
      position: position.toString(),
      standstills: [...standstills].map(([stream, { courses, ...still }]) => [
        stream,
        { ...still, courses: [...courses] },
      ]),
    })),
  };
}

function restored({ states, ...rest }: StoredLedger): LedgerContent {
  return {
    ...rest,
    states: states.map(({ position, standstills, ...state }) => ({
      ...state,
      position: BigInt(position),
      standstills: ImmutableMap(
        standstills.map(([stream, { courses, ...still }]): [string, Standstill] => [
          stream,
          { ...still, courses: new Map(courses) },
        ]),
      ),
    })),
  };
}
