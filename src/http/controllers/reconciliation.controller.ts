import { Controller, Get, Headers, Inject, Query, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { JsonObject } from '../../domain/values/json.js';
import type { Principal } from '../../ports/access.js';
import { Clock } from '../../ports/clock.js';
import { Reconciliation } from '../../queries/reconciliation/reconciliation.js';
import type { ReconciliationReport } from '../../queries/reconciliation/report.js';
import { CallerPrincipal } from '../auth/caller.js';
import { Needs } from '../auth/guard.js';
import { parseReconciliation, type ReconciliationRequest } from '../dto/reconciliation.js';
import { Problem } from '../problem.js';
import { differencesCsv, statementCsv } from '../reconciliation-csv.js';
import { reportJson } from '../reconciliation-report.js';

/** Whether streams, valuations, deliveries, read model and ERP agree. */
@Controller('v1/reconciliation')
@Needs('postings:read')
export class ReconciliationController {
  constructor(
    @Inject(Reconciliation) private readonly reconciliation: Reconciliation,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  @Get()
  async report(
    @Query() query: unknown,
    @Headers('accept') accept: string | undefined,
    @CallerPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject | string> {
    const { kind, part } = parseReconciliation(query);
    // Sums over locations tell of all of them.
    if (principal.locations !== '*') throw new Problem(403, 'forbidden', 'This is about all locations.');
    const report = await this.made(kind);
    if (accept?.includes('text/csv') !== true) return reportJson(report, this.clock.now());
    void reply.type('text/csv; charset=utf-8');
    return part === 'statement' ? statementCsv(report) : differencesCsv(report);
  }

  private async made(kind: ReconciliationRequest['kind']): Promise<ReconciliationReport> {
    if (kind !== 'newest') return this.reconciliation.report(kind);
    return this.reconciliation.newest ?? this.reconciliation.report();
  }
}
