import type { Instant } from '../../domain/values/instant.js';
import type { Position } from '../../ports/event-store.js';
import type { ErpReport } from './erp-report.js';
import type { ModelComparison } from './model-check.js';
import type { UnitsDiffer, ValueDiffers, ValueUnposted } from './stock-fold.js';

/** What one reconciliation has found. */
export interface ReconciliationReport {
  /** Everything up to here was read; the part of an ERP says where that was. */
  readonly position: Position;
  /** When it was begun. */
  readonly at: Instant;
  readonly tookMs: number;
  /** `full`: all streams were read from the start. `incremental`: what is new since the last one. */
  readonly kind: 'full' | 'incremental';
  /** Of a full one: what the sums that are kept from one to the next had otherwise. They are replaced then. */
  readonly keptOtherwise: readonly string[];
  readonly stock: {
    readonly compared: number;
    readonly notValued: number;
    readonly differing: readonly UnitsDiffer[];
    readonly values: readonly ValueDiffers[];
    /** Of replays under other rules that are not at their end. */
    readonly unposted: readonly ValueUnposted[];
  };
  /** Undefined when the read model is away. */
  readonly readModel: ModelComparison | undefined;
  readonly erps: readonly ErpReport[];
}
