import type { TrytonSession } from './session.js';

/** Ends with every call: messages in English, one company. */
export interface TrytonContext {
  readonly company: number;
  readonly language: 'en';
  readonly [setting: string]: unknown;
}

/** All records that fit. @param domain Tryton's conditions, e.g. `[['code', '=', 'INV']]` */
export async function searchRead<Row>(
  session: TrytonSession,
  model: string,
  domain: readonly unknown[],
  fields: readonly string[],
  context: TrytonContext,
): Promise<readonly (Row & { readonly id: number })[]> {
  const rows = await session.call(`${model}.search_read`, domain, 0, null, [['id', 'ASC']], fields, context);
  return rows as readonly (Row & { readonly id: number })[];
}
