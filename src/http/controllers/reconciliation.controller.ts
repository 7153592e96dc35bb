import { Controller, Get, Headers, Inject, Res } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { JsonObject } from '../../domain/values/json.js';
import { Reconciliation } from '../../queries/reconciliation/reconciliation.js';
import { Needs } from '../auth/guard.js';
import { ServiceMetrics } from '../metrics.js';
import { reportCsv, reportJson } from '../reconciliation-report.js';

/** Whether streams, valuations, deliveries, read model and ERP agree. */
@Controller('v1/reconciliation')
@Needs('postings:read')
export class ReconciliationController {
  constructor(
    @Inject(Reconciliation) private readonly reconciliation: Reconciliation,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  @Get()
  async report(
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<JsonObject | string> {
    const report = await this.reconciliation.report();
    this.metrics.observeReconciliation(report);
    if (accept?.includes('text/csv') !== true) return reportJson(report);
    void reply.type('text/csv; charset=utf-8');
    return reportCsv(report);
  }
}
