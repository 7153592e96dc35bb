import { unknownGroup } from '../../domain/fulfilment/group.js';
import { Rejected } from '../../domain/rejected.js';
import type { CartRequest } from '../../domain/reservation/process/request.js';
import type { ClientId, LocationId } from '../../domain/values/identifiers.js';
import { type FulfilmentTransactor, readGroup } from '../../streams/fulfilment-streams.js';
import type { MayUse } from './requested-change.js';

/** The request with its groups looked up: their locations as they are now, those left out that are not the caller's. */
export async function withGroups(
  groups: FulfilmentTransactor,
  request: CartRequest,
  mayUse: MayUse,
): Promise<CartRequest | Rejected> {
  const found = new Map<ClientId, readonly LocationId[]>();
  for (const { source } of request.lines) {
    if (!('group' in source) || found.has(source.group)) continue;
    const group = await readGroup(groups, source.group);
    if (group === undefined) return unknownGroup(source.group);
    found.set(source.group, group.locations.filter(mayUse));
  }
  const lines = request.lines.map((line) =>
    'group' in line.source
      ? { ...line, source: { group: line.source.group, locations: found.get(line.source.group) ?? [] } }
      : line,
  );
  return { ...request, lines };
}
