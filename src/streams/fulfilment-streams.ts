import { type FulfilmentGroup, type GroupSet, groupDecider, type SetGroup } from '../domain/fulfilment/group.js';
import type { ClientId, LocationId } from '../domain/values/identifiers.js';
import { formatInstant, storedInstant } from '../domain/values/instant.js';
import type { Position } from '../ports/event-store.js';
import type { StreamKind } from './stream-kind.js';
import { Transactor } from './transactor.js';

export const fulfilmentStream = (group: ClientId): string => `fulfilment-${group}`;

const changed = (changeId: string): string => `set:${changeId}`;

export const fulfilmentStreams: StreamKind<SetGroup, GroupSet, FulfilmentGroup> = {
  decider: groupDecider,
  schemaVersion: 1,
  commandKey: ({ changeId }) => changed(changeId),
  commandId: ({ changeId }) => changeId,
  eventKey: ({ changeId }) => changed(changeId),
  encode: ({ type, occurredAt, changeId, locations }) => ({
    type,
    data: { changeId, locations },
    occurredAt: formatInstant(occurredAt),
  }),
  decode: ({ data, metadata }) => ({
    type: 'GroupSet',
    changeId: String(data.changeId),
    occurredAt: storedInstant(String(metadata.occurredAt)),
    locations: data.locations as unknown as readonly LocationId[],
  }),
};

/** All that is asked of fulfilment groups goes through here. */
export class FulfilmentTransactor extends Transactor<SetGroup, GroupSet, FulfilmentGroup> {}

/** A group as it is now, and the position it is shown at; undefined when nobody has set it. */
export const readGroup = (
  streams: FulfilmentTransactor,
  group: ClientId,
): Promise<{ readonly locations: readonly LocationId[]; readonly position: Position } | undefined> =>
  streams.read(fulfilmentStream(group), ({ revision, state, position }) =>
    revision < 0 ? undefined : { locations: state.locations, position },
  );
