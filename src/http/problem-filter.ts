import { type ArgumentsHost, Catch, type ExceptionFilter, HttpException } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { ReadModelUnavailable } from '../ports/availability-store.js';
import { EventStoreRefused, EventStoreUnavailable } from '../ports/event-store.js';
import type { Log } from '../ports/log.js';
import { DecisionTooLarge } from '../streams/draft.js';
import { Overloaded } from '../streams/stream-kind.js';
import { Problem, type ProblemCode } from './problem.js';

/** Turns whatever was thrown into one problem+json answer; only what nobody foresaw is a 500, and is logged. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  constructor(private readonly log: Log) {}

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const problem = toProblem(error);
    if (error instanceof EventStoreRefused) this.log.error('refused by the event store', { error: error.message });
    if (problem.status === 500) this.logUnforeseen(error, http.getRequest<FastifyRequest>());
    sendProblem(http.getResponse<FastifyReply>(), problem);
  }

  private logUnforeseen(error: unknown, request: FastifyRequest): void {
    const stack = error instanceof Error ? error.stack : String(error);
    this.log.error('unforeseen error', { requestId: request.id, method: request.method, url: request.url, stack });
  }
}

function sendProblem(reply: FastifyReply, problem: Problem): void {
  if (problem.retryAfterSeconds !== undefined) void reply.header('retry-after', String(problem.retryAfterSeconds));
  if (problem.status === 401) void reply.header('www-authenticate', 'Bearer');
  void reply.status(problem.status).type('application/problem+json').send(JSON.stringify(problem.toBody()));
}

export function toProblem(error: unknown): Problem {
  if (error instanceof Problem) return error;
  if (error instanceof Overloaded) {
    return new Problem(503, 'overloaded', 'Too much is waiting to be written; send it again.', {}, 1);
  }
  if (error instanceof DecisionTooLarge) {
    const detail = 'What this asks for is too much to be written at once. Ask for fewer lines or locations.';
    return new Problem(413, 'too-large', detail);
  }
  if (error instanceof EventStoreRefused) {
    const detail = 'The event store does not let this service in; the log says what to do about it.';
    return new Problem(503, 'unavailable', detail, {}, 30);
  }
  if (error instanceof EventStoreUnavailable) {
    const detail = 'The event store did not answer in time. Send the same request again: what is stored stays once.';
    return new Problem(503, 'unavailable', detail, {}, 1);
  }
  if (error instanceof ReadModelUnavailable) return new Problem(503, 'unavailable', error.message, {}, 1);
  if (error instanceof HttpException) return fromStatus(error.getStatus(), error.message);
  const status = statusOf(error);
  if (status !== undefined && status < 500) return fromStatus(status, (error as Error).message);
  return new Problem(500, 'internal', 'Something went wrong here. The log has the details under this request.');
}

/** Fastify marks its own errors with a status code. */
function statusOf(error: unknown): number | undefined {
  const status = error instanceof Error ? (error as { statusCode?: unknown }).statusCode : undefined;
  return typeof status === 'number' ? status : undefined;
}

const CODES: Readonly<Record<number, ProblemCode>> = {
  401: 'unauthorized',
  403: 'forbidden',
  404: 'not-found',
  405: 'method-not-allowed',
  413: 'body-too-large',
  415: 'unsupported-media-type',
};

function fromStatus(status: number, message: string): Problem {
  return new Problem(status, CODES[status] ?? 'bad-request', message);
}
