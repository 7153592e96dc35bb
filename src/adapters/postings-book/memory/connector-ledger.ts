import type { DeliveryEvent } from '../../../domain/delivery/events.js';
import { DELIVERY_PARTITIONS } from '../../../domain/delivery/partitions.js';
import { type Course, type DeliveryState, evolve, NO_DELIVERIES } from '../../../domain/delivery/state.js';
import type { PostingEntry, PostingStatus } from '../../../ports/postings-book.js';
import type { PostingTable } from './posting-table.js';

/** What is remembered of a posting that did not just go through. */
export interface Remark {
  readonly attempts: number;
  readonly course?: Course;
  readonly date?: string;
}

/** What a ledger holds, to be kept over a restart. */
export interface LedgerContent {
  readonly states: readonly DeliveryState[];
  readonly remarks: readonly (readonly [number, Remark])[];
  readonly delivered: number;
  readonly writtenOff: number;
}

/** How all postings stand with one connector: the state of its deliveries, and remarks on the few that made trouble. */
export class ConnectorLedger {
  private states: DeliveryState[] = Array.from({ length: DELIVERY_PARTITIONS }, () => NO_DELIVERIES);
  private remarks = new Map<number, Remark>();
  private delivered = 0;
  private writtenOff = 0;
  /** Everything before this ordinal has come to an end. */
  private settledUpTo = 0;

  constructor(
    readonly connector: string,
    private readonly table: PostingTable,
  ) {}

  take(partition: number, event: DeliveryEvent, revision: number): void {
    const state = this.states[partition] ?? NO_DELIVERIES;
    if (revision <= state.revision) return;
    this.states[partition] = evolve(state, event, revision);
    switch (event.type) {
      case 'Delivered':
        this.delivered += event.refs.length;
        for (const [ref, date] of Object.entries(event.dates ?? {})) this.remark(ref, { date });
        break;
      case 'Parked':
        this.remark(event.ref, { attempts: event.attempts });
        break;
      case 'Deferred':
        if (event.trouble !== undefined) this.remark(event.trouble.ref, { attempts: event.trouble.attempts });
        break;
      case 'Retried':
      case 'Redated':
        this.remark(event.ref, { course: event });
        break;
      case 'WrittenOff':
        this.writtenOff += 1;
        this.remark(event.ref, { course: event });
        break;
      case 'WriteOffProposed':
        break;
    }
  }

  content(): LedgerContent {
    const { states, remarks, delivered, writtenOff } = this;
    return { states: [...states], remarks: [...remarks], delivered, writtenOff };
  }

  restore({ states, remarks, delivered, writtenOff }: LedgerContent): void {
    this.states = [...states];
    this.remarks = new Map(remarks);
    this.delivered = delivered;
    this.writtenOff = writtenOff;
  }

  status(ordinal: number): PostingStatus {
    const { table } = this;
    const stream = table.stream(ordinal);
    const state = this.stateOf(ordinal);
    if (this.remarks.get(ordinal)?.course?.type === 'WrittenOff') return 'written-off';
    const standstill = state.standstills.get(stream);
    if (standstill !== undefined && table.revision(ordinal) >= standstill.from) {
      const { parked } = standstill;
      return parked !== undefined && table.find(parked.ref) === ordinal ? 'parked' : 'pending';
    }
    return table.position(ordinal) <= Number(state.position) ? 'delivered' : 'pending';
  }

  entry(ordinal: number, status = this.status(ordinal)): PostingEntry {
    const { table, connector } = this;
    const stream = table.stream(ordinal);
    const revision = table.revision(ordinal);
    const remark = this.remarks.get(ordinal);
    const standstill = this.stateOf(ordinal).standstills.get(stream);
    const parked = status === 'parked' ? standstill?.parked : undefined;
    const detail =
      parked?.detail ?? (standstill?.from === revision && status === 'pending' ? standstill.detail : undefined);
    const { course, date } = remark ?? {};
    return {
      ordinal,
      connector,
      status,
      valuation: { stream, revision },
      part: table.part(ordinal),
      attempts: Math.max(remark?.attempts ?? 0, status === 'delivered' ? 1 : 0),
      ...(detail === undefined ? {} : { reason: { ...(parked === undefined ? {} : { code: parked.code }), detail } }),
      ...(parked === undefined ? {} : { parkedAt: parked.at }),
      ...(parked?.proposal === undefined ? {} : { proposedBy: parked.proposal.actor }),
      ...(course === undefined ? {} : { course }),
      ...(date === undefined ? {} : { date }),
    };
  }

  get parked(): number {
    let count = 0;
    for (const { standstills } of this.states) for (const { parked } of standstills.values()) count += parked ? 1 : 0;
    return count;
  }

  get pending(): number {
    return Math.max(0, this.table.size - this.delivered - this.writtenOff - this.parked);
  }

  /** The first posting that has not come to an end. */
  oldest(): number | undefined {
    while (this.settledUpTo < this.table.size && isSettled(this.status(this.settledUpTo))) this.settledUpTo += 1;
    return this.settledUpTo < this.table.size ? this.settledUpTo : undefined;
  }

  private stateOf(ordinal: number): DeliveryState {
    return this.states[this.table.partition(ordinal)] ?? NO_DELIVERIES;
  }

  private remark(ref: string, more: Partial<Remark>): void {
    const ordinal = this.table.find(ref);
    if (ordinal === undefined) return;
    this.remarks.set(ordinal, { attempts: 0, ...this.remarks.get(ordinal), ...more });
  }
}

const isSettled = (status: PostingStatus): boolean => status === 'delivered' || status === 'written-off';
