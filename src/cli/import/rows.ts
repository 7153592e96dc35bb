import { createReadStream } from 'node:fs';
import { pipeline } from 'node:stream';
import { pipeline as finished } from 'node:stream/promises';
import { createGunzip } from 'node:zlib';
import { CsvError, parse } from 'csv-parse';

const COLUMNS = [
  'invoice_no',
  'stock_code',
  'description',
  'quantity',
  'invoice_date',
  'unit_price',
  'country',
] as const;

type Column = (typeof COLUMNS)[number];

/** The fields of one line by column, without the blanks around them. */
export type Row = Readonly<Record<Column, string>>;

/** One line after the header, by its number in the file (the header is line 1): its fields, or what is wrong with it. */
export type Line =
  | { readonly line: number; readonly row: Row }
  | { readonly line: number; readonly row: undefined; readonly problem: string };

/** The file as a whole cannot be read on: absent, broken gzip, a column missing, a quote never closed. */
export class FileDefect extends Error {}

/** A record longer than this is a quote that was never closed, and would otherwise swallow the rest of the file. */
const MAX_RECORD_BYTES = 65_536;
const LINE_FEED = 0x0a;

/** The line a record begins on, and its fields: the parser passes on string arrays only, so the number leads as text. */
type NumberedRecord = readonly [line: string, ...fields: string[]];

/**
 * Streams the lines of a CSV file, gunzipped when its name ends in `.gz`; memory does not grow with the file.
 * `onBytes` is told the bytes read from disk since the last call. Throws FileDefect.
 */
export async function* readLines(file: string, onBytes: (bytes: number) => void): AsyncGenerator<Line> {
  let parsedLines = 0;
  const parser = parse({
    bom: true,
    // Named, since the default is whatever ends the first line, and a file joined from two would lose rows.
    record_delimiter: ['\r\n', '\n', '\r'],
    relax_column_count: true,
    relax_quotes: true,
    skip_empty_lines: true,
    max_record_size: MAX_RECORD_BYTES,
    on_record: (fields: string[], context) => {
      parsedLines = context.lines;
      return [String(context.lines - lineBreaks(fields)), ...fields];
    },
  });
  const bytes = createReadStream(file).on('data', (chunk) => onBytes(chunk.length));
  const ignore = (): void => {}; // Every error also reaches the loop below.
  if (isGzip(file)) pipeline(bytes, createGunzip(), parser, ignore);
  else pipeline(bytes, parser, ignore);

  let header: Header | undefined;
  try {
    for await (const [line, ...fields] of parser as AsyncIterable<NumberedRecord>) {
      if (fields.length === 1 && fields[0]?.trim() === '') continue;
      if (header === undefined) header = readHeader(fields);
      else yield toLine(Number(line), fields, header);
    }
  } catch (error) {
    throw error instanceof Error ? explain(error, file, parsedLines) : error;
  }
  if (header === undefined) throw new FileDefect(`${file} is empty: its first line must name the columns`);
}

/**
 * Reads a gzip file to its end, so that its checksum vouches for every line before the first is used: damage
 * in the middle unpacks to lines that look right. Throws FileDefect; a file that is no gzip passes unread.
 */
export async function verifyPacking(file: string, onBytes: (bytes: number) => void): Promise<void> {
  if (!isGzip(file)) return;
  let lines = 0;
  const countLines = async (chunks: AsyncIterable<Buffer>): Promise<void> => {
    for await (const chunk of chunks) {
      for (let at = chunk.indexOf(LINE_FEED); at >= 0; at = chunk.indexOf(LINE_FEED, at + 1)) lines++;
    }
  };
  try {
    const bytes = createReadStream(file).on('data', (chunk) => onBytes(chunk.length));
    await finished(bytes, createGunzip(), countLines);
  } catch (error) {
    throw error instanceof Error ? explain(error, file, lines) : error;
  }
}

function isGzip(file: string): boolean {
  return /\.gz$/i.test(file);
}

/** How many fields a line has, and where each column's is. */
interface Header {
  readonly width: number;
  readonly positions: ReadonlyMap<Column, number>;
}

function readHeader(fields: readonly string[]): Header {
  const names = fields.map((name) => name.trim().toLowerCase());
  const missing = COLUMNS.filter((column) => !names.includes(column));
  if (missing.length > 0) {
    const found = names.join(', ').slice(0, 200);
    throw new FileDefect(`line 1: no column ${missing.join(', ')}; the header has: ${found}`);
  }
  const twice = COLUMNS.find((column) => names.indexOf(column) !== names.lastIndexOf(column));
  if (twice !== undefined) throw new FileDefect(`line 1: the column ${twice} is there twice`);
  return { width: names.length, positions: new Map(COLUMNS.map((column) => [column, names.indexOf(column)])) };
}

function toLine(line: number, fields: readonly string[], { width, positions }: Header): Line {
  if (fields.length !== width) {
    return { line, row: undefined, problem: `${fields.length} fields where the header has ${width}` };
  }
  // The parser lets a stray quote pass as text; together with a line break, it may have glued two lines into one.
  if (fields.some((field) => field.includes('"') && lineBreaks([field]) > 0)) {
    return { line, row: undefined, problem: 'a quote that is not closed where its field ends' };
  }
  const field = (column: Column): string => fields[positions.get(column) ?? -1]?.trim() ?? '';
  return {
    line,
    row: {
      invoice_no: field('invoice_no'),
      stock_code: field('stock_code'),
      description: field('description'),
      quantity: field('quantity'),
      invoice_date: field('invoice_date'),
      unit_price: field('unit_price'),
      country: field('country'),
    },
  };
}

/** A quoted field may hold line breaks; a record is known by the line it begins on. */
function lineBreaks(fields: readonly string[]): number {
  let breaks = 0;
  for (const field of fields) {
    if (field.includes('\n') || field.includes('\r')) breaks += field.split(/\r\n|\n|\r/).length - 1;
  }
  return breaks;
}

function explain(error: Error, file: string, parsedLines: number): Error {
  if (error instanceof FileDefect) return error;
  const next = parsedLines + 1;
  if (error instanceof CsvError) {
    switch (error.code) {
      case 'CSV_MAX_RECORD_SIZE':
      case 'CSV_QUOTE_NOT_CLOSED':
        return new FileDefect(`line ${next}: a quote opened here, or on a line soon after, is never closed`);
      default:
        return new FileDefect(`line ${next}: ${error.message}`);
    }
  }
  const code = 'code' in error ? String(error.code) : '';
  if (code.startsWith('Z_')) return new FileDefect(`broken gzip after line ${parsedLines}: ${error.message}`);
  if (code === 'ENOENT') return new FileDefect(`${file}: no such file`);
  if (code !== '') return new FileDefect(`${file} cannot be read after line ${parsedLines}: ${error.message}`);
  return error;
}
