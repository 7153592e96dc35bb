import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

export const TILL_EXPORT = fileURLToPath(new URL('fixtures/till.csv', import.meta.url));

export const HEADER = 'invoice_no,stock_code,description,quantity,invoice_date,unit_price,customer_id,country';

/** One line of an export; what a test does not name is of no matter to it. */
export function till(line: {
  readonly invoice?: string;
  readonly code?: string;
  readonly description?: string;
  readonly quantity?: number | string;
  readonly date?: string;
  readonly price?: string;
  readonly country?: string;
}): string {
  const { invoice = '700001', code = '21034', description = 'TEAPOT', quantity = 1 } = line;
  const { date = '2011-03-01T09:10', price = '4.25', country = 'Spain' } = line;
  return [invoice, code, description, quantity, date, price, '18001', country].join(',');
}

/** A folder for the files of one test file. */
export class ExportFolder {
  private constructor(readonly path: string) {}

  static async make(): Promise<ExportFolder> {
    return new ExportFolder(await mkdtemp(join(tmpdir(), 'stockfold-import-')));
  }

  async write(name: string, content: string | Buffer): Promise<string> {
    const path = join(this.path, name);
    await writeFile(path, content);
    return path;
  }

  /** An export of these lines under the right header. */
  export(lines: readonly string[]): Promise<string> {
    return this.write('export.csv', `${[HEADER, ...lines].join('\n')}\n`);
  }

  packed(lines: readonly string[]): Buffer {
    return gzipSync(`${[HEADER, ...lines].join('\n')}\n`);
  }

  remove(): Promise<void> {
    return rm(this.path, { recursive: true });
  }
}
