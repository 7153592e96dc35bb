import type { ClientId, LocationId, Sku } from '../../values/identifiers.js';
import type { Instant } from '../../values/instant.js';

/** Where the units of a line may come from. */
export type Source =
  | { readonly location: LocationId }
  /** The nearest first. */
  | { readonly locations: readonly LocationId[] }
  /** `locations` are the group's, as far as the caller may use them, at the time of the request. */
  | { readonly group: ClientId; readonly locations: readonly LocationId[] };

export interface CartLine {
  /** Place in the request; that of the first one where several lines were summed. */
  readonly index: number;
  readonly sku: Sku;
  readonly quantity: number;
  readonly source: Source;
}

/** What a caller asked for, lines for the same SKU from the same source summed. */
export interface CartRequest {
  readonly reference: ClientId;
  readonly lines: readonly CartLine[];
  readonly ttlSeconds: number;
  readonly channel?: string;
  readonly neededBy?: Instant;
  /** Hold what there is of each line instead of all or nothing. */
  readonly partial: boolean;
  /** A line may come from several locations. */
  readonly split: boolean;
}

/** The locations a line may come from, in order. */
export const candidatesOf = ({ source }: CartLine): readonly LocationId[] =>
  'location' in source ? [source.location] : source.locations;

/** Sums lines that ask for the same SKU from the same source: together they are decided as one. */
export function summed(lines: readonly CartLine[]): readonly CartLine[] {
  const bySource = new Map<string, CartLine>();
  for (const line of lines) {
    const key = `${line.sku} ${sourceText(line)}`;
    const before = bySource.get(key);
    bySource.set(key, before === undefined ? line : { ...before, quantity: before.quantity + line.quantity });
  }
  return [...bySource.values()];
}

/** Whether two requests ask for the same in the same words; what a group held at the time does not count. */
export const sameRequest = (one: CartRequest, other: CartRequest): boolean => wording(one) === wording(other);

const wording = ({ lines, ttlSeconds, channel, neededBy, partial, split }: CartRequest): string =>
  JSON.stringify([
    lines.map((line) => [line.index, line.sku, line.quantity, sourceText(line)]),
    [ttlSeconds, channel ?? null, neededBy ?? null, partial, split],
  ]);

function sourceText({ source }: CartLine): string {
  if ('location' in source) return `at ${source.location}`;
  return 'group' in source ? `group ${source.group}` : `among ${source.locations.join()}`;
}
