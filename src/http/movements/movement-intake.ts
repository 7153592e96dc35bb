import { Inject } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import {
  type MovementException,
  type MovementReport,
  type MovementResult,
  newestPosition,
  RecordMovements,
} from '../../commands/record-movements.js';
import type { JsonObject } from '../../domain/values/json.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import { EventStore } from '../../ports/event-store.js';
import type { Caller } from '../../streams/stream-kind.js';
import { foreignLocation } from '../auth/caller.js';
import { describe, isDefects, isObject } from '../body/validate.js';
import { parseMovement } from '../dto/movement.js';
import { ServiceMetrics } from '../metrics.js';
import { positionToken } from '../position-token.js';
import { Problem } from '../problem.js';

export interface MovementAnswer {
  /** One a line, in the order of the lines. */
  readonly results: readonly JsonObject[];
  readonly position: string;
}

/** Records movements, whichever way they came in. */
export class MovementIntake {
  constructor(
    @Inject(CommandBus) private readonly commands: CommandBus,
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(ServiceMetrics) private readonly metrics: ServiceMetrics,
  ) {}

  /** A defect of one line rejects that line alone; the others are facts and are recorded. */
  async record(unread: readonly unknown[], principal: Principal, caller: Caller): Promise<MovementAnswer> {
    const lines = unread.map((line) => readLine(line, principal));
    const reports = lines.flatMap((line) => (line.report === undefined ? [] : [line.report]));
    const recorded = reports.length === 0 ? [] : await this.commands.execute(new RecordMovements(reports, caller));
    const results = inOrder(lines, recorded);
    for (const result of results) this.metrics.movements.inc({ status: String(result.status) });
    const position = recorded.length === 0 ? await this.store.head(['stock-']) : newestPosition(recorded);
    return { results, position: positionToken(position) };
  }
}

/** A line is a report to be recorded, or rejected already. */
interface Line {
  readonly id: string | null;
  readonly report?: MovementReport;
  readonly problem?: Problem;
}

function readLine(line: unknown, principal: Principal): Line {
  const id = isObject(line) && typeof line.id === 'string' ? line.id : null;
  const dto = parseMovement(line);
  if (isDefects(dto)) {
    const errors = dto.map(({ path, message }) => ({ path, message }));
    return { id, problem: new Problem(400, 'invalid-body', describe(dto, 'The movement'), { errors }) };
  }
  const { sku, location } = dto;
  if (!mayUseLocation(principal, location)) return { id, problem: foreignLocation(location) };
  return { id, report: { key: { sku, location }, movement: dto.toFact() } };
}

function inOrder(lines: readonly Line[], recorded: readonly MovementResult[]): JsonObject[] {
  let next = 0;
  return lines.map((line) => {
    if (line.problem !== undefined) return rejected(line.id, line.problem);
    const result = recorded[next];
    next += 1;
    if (result === undefined) throw new Error('A recorded line has no result.');
    return toJson(line.id, result);
  });
}

function toJson(id: string | null, result: MovementResult): JsonObject {
  if (result.status === 'id-reused') {
    const detail = 'This id stands for another movement of this SKU and location.';
    return rejected(id, new Problem(422, 'id-reused', detail, { revision: result.revision }));
  }
  const { status, revision, exceptions } = result;
  return {
    id,
    status,
    revision,
    ...(exceptions.length === 0 ? {} : { exceptions: exceptions.map(exceptionJson) }),
  };
}

const exceptionJson = ({ code, atRisk }: MovementException): JsonObject => ({
  code,
  ...(atRisk === undefined ? {} : { atRisk: atRisk.map((reservation) => ({ ...reservation })) }),
});

const rejected = (id: string | null, problem: Problem): JsonObject => ({
  id,
  status: 'rejected',
  problem: problem.toBody(),
});
