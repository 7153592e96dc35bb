import { Controller, Get, Inject, Param } from '@nestjs/common';
import type { JsonObject } from '../../domain/values/json.js';
import { formatMoney } from '../../domain/values/money.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { ErpAccounts } from '../../ports/erp.js';
import { PostingsBook } from '../../ports/postings-book.js';
import { SummaryQueries, type SummaryView } from '../../queries/postings/summary-queries.js';
import { CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { Problem } from '../problem.js';

/** Entries of an ERP that sum postings, and what they sum. */
@Controller('v1/postings/summaries')
@Needs('postings:read')
export class PostingSummariesController {
  constructor(
    @Inject(SummaryQueries) private readonly summaries: SummaryQueries,
    @Inject(PostingsBook) private readonly book: PostingsBook,
    @Inject(ErpAccounts) private readonly accounts: ErpAccounts,
  ) {}

  @Get(':ref')
  async byRef(@Param('ref') ref: string, @CallerPrincipal() principal: Principal): Promise<JsonObject> {
    const connectors = this.book.counts().map(({ connector }) => connector);
    const view = await this.summaries.named(connectors, ref);
    if (view !== undefined && mayUseLocation(principal, view.summary.location)) return this.json(view);
    throw new Problem(404, 'unknown-posting', 'There is no entry with this ref that sums postings.', { ref });
  }

  private json({ connector, summary, isDissolved }: SummaryView): JsonObject {
    const { ref, location, period, date, currency, lines, refs } = summary;
    const text = (minor: bigint) => formatMoney({ minor: minor > 0n ? minor : 0n, currency });
    return {
      ref,
      status: isDissolved ? 'dissolved' : 'recorded',
      connector,
      location,
      period,
      date,
      currency,
      lines: lines.map((line) => ({
        account: this.accounts.accountOf(connector, line),
        debit: text(line.amount),
        credit: text(-line.amount),
      })),
      postings: [...refs],
    };
  }
}
