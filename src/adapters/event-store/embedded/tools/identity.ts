import type { SqliteFile } from '../../../sqlite.js';
import { type Column, columnToText } from '../storage/column.js';

export const IDENTITY_STREAM = 'stockfold-identity';

/** What the store calls itself; undefined as long as no service has used it, or when that cannot be read. */
export function identityIn(file: SqliteFile): string | undefined {
  const row = file
    .prepare(
      `SELECT data FROM stream JOIN lookup ON lookup.stream = stream.id JOIN event USING (position)
        WHERE stream.name = ? AND lookup.key < x'' ORDER BY lookup.key DESC LIMIT 1`,
    )
    .row(IDENTITY_STREAM);
  if (row === undefined) return undefined;
  try {
    const { id }: { id?: unknown } = JSON.parse(columnToText(row[0] as Column));
    return typeof id === 'string' ? id : undefined;
  } catch {
    return undefined;
  }
}
