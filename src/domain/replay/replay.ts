import type { Chart } from '../chart/chart.js';
import type { PostingRules } from '../valuation/posting-rules.js';
import type { LocationId, Sku } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { JsonObject } from '../values/json.js';
import type { ChangeReport } from './change-report.js';

/** Which postings a replay looks at. A position is a place in the store, an instant is business time. */
export interface ReplayRange {
  readonly from: bigint | null;
  readonly to: bigint;
  readonly occurredFrom: Instant | null;
  readonly occurredTo: Instant | null;
  readonly sku: Sku | null;
  readonly location: LocationId | null;
}

/** What a replay found, and did about it. */
export interface ReplayTally {
  readonly looked: number;
  /** In the ERP, as they should be. */
  readonly present: number;
  /** Not delivered yet, or parked: the poster's work, or a person's. */
  readonly open: number;
  readonly writtenOff: number;
  /** On record as delivered, and not in the ERP. */
  readonly missing: number;
  /** Those of the missing that were posted again. */
  readonly posted: number;
  /** Those that the ERP refused. */
  readonly rejected: number;
  /** Refs of the first that are missing. */
  readonly examples: readonly string[];
}

export const NO_TALLY: ReplayTally = {
  looked: 0,
  present: 0,
  open: 0,
  writtenOff: 0,
  missing: 0,
  posted: 0,
  rejected: 0,
  examples: [],
};

/** From the range's beginning on, and for good, movements are valued by these rules. */
export interface RulesChange {
  readonly kind: 'rules';
  readonly rules: Required<PostingRules>;
  /** `YYYY-MM-DD`, of what is posted for it. */
  readonly date: string;
}

/** The connector's accounts are those of this chart: amounts that lie on others go over to them. */
export interface ChartChange {
  readonly kind: 'chart';
  readonly chart: Chart;
  /** `YYYY-MM-DD`, of what is posted for it. */
  readonly date: string;
}

export type ReplayChange = RulesChange | ChartChange;

/** Somebody wants to know whether the ERP has what it should have, and unless it is a dry run, that it gets it. */
export type ReplayRequested = {
  readonly type: 'ReplayRequested';
  readonly connector: string;
  readonly range: ReplayRange;
  readonly dryRun: boolean;
  /** What it should have is changed first; absent when that stays. */
  readonly change?: ReplayChange;
};

/** Everything up to the position has been looked at. */
export type ReplayProgressed = {
  readonly type: 'ReplayProgressed' | 'ReplayFinished';
  readonly position: bigint;
  readonly tally: ReplayTally;
  /** Of a change, when it is finished. */
  readonly report?: ChangeReport;
};

export type ReplayEvent = ReplayRequested | ReplayProgressed;

export interface Replay extends Omit<ReplayRequested, 'type'> {
  readonly position: bigint;
  readonly tally: ReplayTally;
  readonly report?: ChangeReport;
  readonly isFinished: boolean;
}

/** Undefined before it was requested. */
export function evolveReplay(replay: Replay | undefined, event: ReplayEvent): Replay | undefined {
  switch (event.type) {
    case 'ReplayRequested': {
      const { type: _, ...request } = event;
      return { ...request, position: event.range.from ?? 0n, tally: NO_TALLY, isFinished: false };
    }
    case 'ReplayProgressed':
    case 'ReplayFinished': {
      const { type, ...progress } = event;
      return replay && { ...replay, ...progress, isFinished: type === 'ReplayFinished' };
    }
  }
}

export function encodeReplay(event: ReplayEvent): JsonObject {
  switch (event.type) {
    case 'ReplayRequested': {
      const { connector, range, dryRun, change } = event;
      const { from, to } = range;
      return {
        connector,
        dryRun,
        range: { ...range, from: from === null ? null : from.toString(), to: to.toString() },
        ...(change === undefined ? {} : { change: change as unknown as JsonObject }),
      };
    }
    case 'ReplayProgressed':
    case 'ReplayFinished':
      return {
        position: event.position.toString(),
        tally: { ...event.tally },
        ...(event.report === undefined ? {} : { report: event.report as unknown as JsonObject }),
      };
  }
}

/** Reads what {@link encodeReplay} wrote. */
export function decodeReplay({ type, data }: { readonly type: string; readonly data: JsonObject }): ReplayEvent {
  switch (type) {
    case 'ReplayRequested': {
      const { range, ...rest } = data as unknown as Omit<ReplayRequested, 'range'> & { range: StoredRange };
      const { from, to } = range;
      return { ...rest, type, range: { ...range, from: from === null ? null : BigInt(from), to: BigInt(to) } };
    }
    case 'ReplayProgressed':
    case 'ReplayFinished': {
      const { position, ...rest } = data as unknown as Omit<ReplayProgressed, 'position'> & { position: string };
      return { ...rest, type, position: BigInt(position) };
    }
    default:
      throw new Error(`Unknown replay event type: ${type}`);
  }
}

interface StoredRange extends Omit<ReplayRange, 'from' | 'to'> {
  readonly from: string | null;
  readonly to: string;
}
