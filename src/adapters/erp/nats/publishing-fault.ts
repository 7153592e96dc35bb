import { ErrorCode, NatsError } from 'nats';
import type { ErpOutcome } from '../../../ports/erp.js';
import { reasonOf } from '../../nats.js';
import { retryLater } from '../in-turn.js';

/** Nobody has taken the message when publishing fails like this. */
const NOT_TAKEN: readonly string[] = [
  ErrorCode.NoResponders,
  ErrorCode.JetStreamNotEnabled,
  ErrorCode.PermissionsViolation,
  ErrorCode.ConnectionClosed,
];

/** What became of a posting whose publishing failed. */
export function publishingFault(error: unknown): ErpOutcome {
  const detail = `NATS: ${reasonOf(error)}`;
  if (!(error instanceof NatsError)) return retryLater('unknown', detail);
  if (error.code === ErrorCode.MaxPayloadExceeded) return { status: 'rejected', code: 'INVALID', detail };
  const isRefused = error.api_error !== undefined || NOT_TAKEN.includes(error.code);
  return retryLater(isRefused ? 'no' : 'unknown', detail);
}
