import { MovementsClient } from './client.js';
import { Lanes } from './lanes.js';
import { localTimes } from './local-time.js';
import type { Movement, Outcome, Place } from './movement.js';
import { goodsSku, lineOutcome, openingReceipt, placeOf } from './movement.js';
import { isPrice, readOpeningCosts } from './opening-cost.js';
import { Ordinals } from './ordinals.js';
import type { Progress } from './progress.js';
import type { Row } from './rows.js';
import { FileDefect, readLines, verifyPacking } from './rows.js';
import type { Settings } from './settings.js';
import type { Tally } from './tally.js';

interface Posting {
  readonly line: number;
  readonly kind: 'line' | 'opening';
  readonly movement: Movement;
}

/**
 * Reads the file and posts its goods lines, counting into `tally`. Throws FileDefect (after posting all that was read
 * before it), ServiceDefect, or the reason `stopped` is aborted with.
 */
export async function runImport(
  settings: Settings,
  tally: Tally,
  progress: Progress,
  stopped: AbortController,
): Promise<void> {
  const client = new MovementsClient(settings.url, settings.key, settings.patienceMs);
  const lanes = new Lanes<Posting>(stopped, async (batch, signal) => {
    const results = await client.post(
      batch.map(({ movement }) => movement),
      signal,
    );
    results.forEach((result, index) => {
      const posting = batch[index];
      if (posting !== undefined) tally.settle(posting.line, posting.kind, result);
    });
  });
  progress.begin('checking the file');
  await verifyPacking(settings.file, progress.addBytes);
  const openings = await prepareOpenings(settings, progress, stopped.signal);
  progress.begin('posting');
  try {
    await postLines(settings, tally, progress, openings, lanes);
  } catch (error) {
    if (error instanceof FileDefect) await lanes.flush();
    throw error;
  }
  await lanes.flush();
}

async function postLines(
  settings: Settings,
  tally: Tally,
  progress: Progress,
  openings: Openings,
  lanes: Lanes<Posting>,
): Promise<void> {
  const toInstant = localTimes(settings.timeZone);
  const ordinals = new Ordinals();
  const post = (line: number, kind: Posting['kind'], movement: Movement): Promise<void> =>
    lanes.push(`${movement.sku}@${movement.location}`, { line, kind, movement });
  try {
    for await (const record of readLines(settings.file, progress.addBytes)) {
      tally.rowsRead++;
      progress.addRow();
      const { line, row } = record;
      if (row === undefined) {
        tally.reject(line, record.problem);
        continue;
      }
      const { opening, outcome } = readRow(row, toInstant, ordinals, openings);
      if (opening !== undefined) await post(line, 'opening', opening);
      switch (outcome.kind) {
        case 'movement':
          await post(line, 'line', outcome.movement);
          break;
        case 'skipped':
          tally.skip(outcome.reason);
          break;
        case 'rejected':
          tally.reject(line, outcome.problem);
          break;
      }
    }
  } finally {
    ordinals.close();
  }
}

/** What one line comes to, and the opening receipt due before it. */
function readRow(
  row: Row,
  toInstant: (text: string) => string | undefined,
  ordinals: Ordinals,
  openings: Openings,
): { readonly opening?: Movement | undefined; readonly outcome: Outcome } {
  const sku = goodsSku(row.stock_code);
  if (sku === undefined)
    return { outcome: { kind: 'skipped', reason: `not goods: ${row.stock_code.toUpperCase().slice(0, 30)}` } };
  // Counted before the line is judged: mending a bad line must not change the ids of those after it.
  const ordinal = ordinals.next(row.invoice_no, sku);
  const place = placeOf(row, sku, toInstant);
  if (typeof place === 'string') return { outcome: { kind: 'rejected', problem: place } };
  return { opening: openings.due(place), outcome: openings.problem(row) ?? lineOutcome(row, place, ordinal) };
}

/** What `--opening` asks for. It alone makes memory grow: one entry a SKU, and one a SKU at a location. */
interface Openings {
  /** The receipt to post before this line, once a SKU and location. */
  due(place: Place): Movement | undefined;
  /** A price that cannot be read might have been the one the cost comes from: said, not passed over. */
  problem(row: Row): Outcome | undefined;
}

const NO_OPENINGS: Openings = { due: () => undefined, problem: () => undefined };

async function prepareOpenings(
  { file, opening, currency }: Settings,
  progress: Progress,
  signal: AbortSignal,
): Promise<Openings> {
  if (opening === undefined) return NO_OPENINGS;
  progress.begin('reading prices');
  const onLine = (): void => {
    signal.throwIfAborted();
    progress.addRow();
  };
  const costOf = await readOpeningCosts(file, onLine, progress.addBytes);
  const opened = new Set<string>();
  return {
    due: (place) => {
      const stream = `${place.sku}@${place.location}`;
      if (opened.has(stream)) return undefined;
      opened.add(stream);
      return openingReceipt(place, opening, costOf(place.sku), currency);
    },
    problem: ({ unit_price: price }) =>
      isPrice(price) ? undefined : { kind: 'rejected', problem: `unit_price "${price.slice(0, 40)}" is no number` },
  };
}
