import { Map as ImmutableMap } from 'immutable';
import type { Instant } from '../values/instant.js';
import type { DeliveryEvent, DeliveryHappening, PersonsDecision, ValuationPlace } from './events.js';

/** The posting that a person has to decide about. */
export interface ParkedPosting {
  readonly ref: string;
  readonly code: string;
  readonly detail: string;
  readonly at: Instant;
  /** Who wants it written off, when that takes two. */
  readonly proposal?: { readonly actor: string; readonly comment: string };
}

/** How a posting goes on once a person has decided. */
export type Course = Exclude<PersonsDecision, { type: 'WriteOffProposed' }>;

/** A valuation stream that stands still: from one revision on nothing of it is delivered. */
export interface Standstill {
  readonly from: number;
  /** Nothing before this revision of the delivery stream is about it. */
  readonly since: number;
  /** Undefined when the poster comes back to it by itself. */
  readonly parked?: ParkedPosting;
  /** How often the ERP was asked for the posting at `from`. */
  readonly attempts: number;
  /** What it said last. */
  readonly detail?: string;
  /** What was decided about postings of the valuation at `from`, by their refs. */
  readonly courses: ReadonlyMap<string, Course>;
}

/** What is known of one partition of a connector. */
export interface DeliveryState {
  /** Of the stream; -1 when it does not exist. */
  readonly revision: number;
  /** Every valuation up to here is delivered, unless its stream stands still before it. */
  readonly position: bigint;
  /** By valuation stream. */
  readonly standstills: ImmutableMap<string, Standstill>;
  /** At most the least `since` of the standstills; null when there is none. */
  readonly openSince: number | null;
}

export const NO_DELIVERIES: DeliveryState = {
  revision: -1,
  position: 0n,
  standstills: ImmutableMap(),
  openSince: null,
};

export function evolve(state: DeliveryState, event: DeliveryEvent, revision: number): DeliveryState {
  return happened(state, event, revision, event.position, event.at);
}

/** Gives what happened its place behind the state. */
export function placed(
  state: DeliveryState,
  happening: DeliveryHappening,
  position: bigint,
  at: Instant,
): { readonly event: DeliveryEvent; readonly after: DeliveryState } {
  const after = happened(state, happening, state.revision + 1, position, at);
  return { event: { ...happening, position, at, parkedSince: after.openSince }, after };
}

function happened(
  state: DeliveryState,
  happening: DeliveryHappening,
  revision: number,
  position: bigint,
  at: Instant,
): DeliveryState {
  const standstills = moved(state.standstills, happening, revision, at);
  return { revision, position, standstills, openSince: openSince(state.openSince, standstills, revision) };
}

type Standstills = DeliveryState['standstills'];

function moved(standstills: Standstills, event: DeliveryHappening, revision: number, at: Instant): Standstills {
  switch (event.type) {
    case 'Delivered':
      return standstills.withMutations((map) => {
        for (const { stream, next } of event.caughtUp ?? []) {
          if (next === null) map.delete(stream);
          else if (map.get(stream)?.from !== next) map.set(stream, standstill({ stream, revision: next }, revision));
        }
      });
    case 'Deferred':
      return standstills.withMutations((map) => {
        for (const place of event.valuations) {
          const { attempts = 0, detail } = event.trouble ?? {};
          const { parked: _, ...before } = map.get(place.stream) ?? standstill(place, revision);
          const same = before.from === place.revision ? before : standstill(place, revision);
          map.set(place.stream, { ...same, attempts, ...(detail === undefined ? {} : { detail }) });
        }
      });
    case 'Parked': {
      const { ref, code, detail, attempts, valuation } = event;
      const before = standstills.get(valuation.stream);
      const same = before?.from === valuation.revision ? before : standstill(valuation, revision);
      return standstills.set(valuation.stream, { ...same, attempts, detail, parked: { ref, code, detail, at } });
    }
    case 'Retried':
    case 'Redated':
    case 'WrittenOff': {
      const before = standstills.get(event.valuation.stream);
      if (before?.parked?.ref !== event.ref) return standstills;
      const { parked: _, ...rest } = before;
      return standstills.set(event.valuation.stream, {
        ...rest,
        courses: new Map(rest.courses).set(event.ref, event),
      });
    }
    case 'WriteOffProposed': {
      const { ref, actor, comment, valuation } = event;
      const before = standstills.get(valuation.stream);
      if (before?.parked?.ref !== ref) return standstills;
      const parked = { ...before.parked, proposal: { actor, comment } };
      return standstills.set(valuation.stream, { ...before, parked });
    }
  }
}

const standstill = ({ revision }: ValuationPlace, since: number): Standstill => ({
  from: revision,
  since,
  attempts: 0,
  courses: new Map(),
});

/** With many standstills it is not looked for every time: being too low costs only reading. */
const LOOKED_THROUGH = 256;

function openSince(before: number | null, standstills: Standstills, revision: number): number | null {
  if (standstills.size === 0) return null;
  if (standstills.size > LOOKED_THROUGH) return before ?? revision;
  let least = revision;
  for (const { since } of standstills.values()) least = Math.min(least, since);
  return least;
}
