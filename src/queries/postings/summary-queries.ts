import { Inject, Injectable } from '@nestjs/common';
import type { Summarised } from '../../domain/delivery/summaries/summary.js';
import { SummariesLogs } from '../../streams/summaries-log.js';

/** An entry that sums postings, as it was recorded before it was sent. */
export interface SummaryView {
  readonly connector: string;
  readonly summary: Summarised;
  /** True when the ERP has refused it: its postings went on in other entries. */
  readonly isDissolved: boolean;
}

/** Which postings went into which entry of an ERP. */
@Injectable()
export class SummaryQueries {
  constructor(@Inject(SummariesLogs) private readonly logs: SummariesLogs) {}

  /** The entry that a posting is in; undefined when it is posted alone, or not yet. */
  async entryOf(connector: string, ref: string): Promise<Summarised | undefined> {
    return (await this.logs.of(connector)).entryOf(ref);
  }

  /** Undefined when no connector has an entry of this name. */
  async named(connectors: readonly string[], ref: string): Promise<SummaryView | undefined> {
    for (const connector of connectors) {
      const log = await this.logs.of(connector);
      const summary = await log.named(ref);
      if (summary !== undefined) return { connector, summary, isDissolved: log.isDissolved(ref) };
    }
    return undefined;
  }
}
