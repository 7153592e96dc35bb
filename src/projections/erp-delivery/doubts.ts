import type { ErpOutcome } from '../../ports/erp.js';

/**
 * An earlier poster has one batch in flight at most, and posts in order, with a few that had failed alone before it:
 * where so many valuations in a row are not there, nothing behind them is.
 */
const LOOKED_AT = 16;

/** Which postings may be in the ERP without anybody having recorded it: they are looked for before they are sent. */
export class Doubts {
  private unproven = 0;
  /** Those whose outcome was unknown. */
  private readonly refs = new Set<string>();

  /** Somebody else may have been at work. */
  begin(): void {
    this.unproven = LOOKED_AT;
  }

  about(refs: readonly string[]): readonly string[] {
    return this.unproven > 0 ? refs : refs.filter((ref) => this.refs.has(ref));
  }

  /** @param refs those that were looked for */
  looked(refs: readonly string[], found: ReadonlySet<string>): void {
    for (const ref of refs) this.refs.delete(ref);
    if (this.unproven > 0) this.unproven = found.size > 0 ? LOOKED_AT : this.unproven - refs.length;
  }

  sending(refs: readonly string[]): void {
    for (const ref of refs) this.refs.add(ref);
  }

  answered(ref: string, outcome: ErpOutcome): void {
    if (outcome.status !== 'retry-later' || outcome.applied === 'no') this.refs.delete(ref);
  }
}
