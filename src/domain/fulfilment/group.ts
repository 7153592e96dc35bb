import type { Decider } from '../decider.js';
import { Rejected } from '../rejected.js';
import type { LocationId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';

/** Most locations that one group, or one line of a cart, may name. */
export const MAX_LOCATIONS = 100;

/** The locations that orders of one kind or region are sourced from, the nearest first. */
export interface GroupSet {
  readonly type: 'GroupSet';
  /** Made by whoever asks for the change; the idempotency key. */
  readonly changeId: string;
  readonly occurredAt: Instant;
  readonly locations: readonly LocationId[];
}

export interface SetGroup {
  readonly type: 'set-group';
  readonly changeId: string;
  readonly locations: readonly LocationId[];
}

export interface FulfilmentGroup {
  /** In sourcing order; empty for a group that nobody has set. */
  readonly locations: readonly LocationId[];
}

export const groupDecider: Decider<SetGroup, GroupSet, FulfilmentGroup> = {
  initial: { locations: [] },
  evolve: (_, { locations }) => ({ locations }),
  decide: (group, { changeId, locations }, { now }) =>
    sameOrder(group.locations, locations) ? [] : [{ type: 'GroupSet', changeId, occurredAt: now, locations }],
  needsHistory: () => false,
  due: () => [],
};

const sameOrder = (one: readonly LocationId[], other: readonly LocationId[]): boolean =>
  one.length === other.length && one.every((location, index) => location === other[index]);

export const unknownGroup = (group: string): Rejected =>
  new Rejected('unknown-group', 'There is no fulfilment group with this id.', { group });
