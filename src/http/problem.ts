import type { Rejected, RejectionCode } from '../domain/rejected.js';
import type { JsonObject } from '../domain/values/json.js';

/** Everything that can be wrong with a request, beside the refusals of the domain. */
export type ProblemCode =
  | RejectionCode
  | 'invalid-body'
  | 'invalid-json'
  | 'duplicate-key'
  | 'body-too-large'
  | 'too-large'
  | 'unsupported-media-type'
  | 'invalid-parameter'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'method-not-allowed'
  | 'unknown-sku'
  | 'unknown-location'
  | 'currency-adopted'
  | 'unknown-stream'
  | 'unknown-valuation'
  | 'unknown-posting'
  | 'unknown-decision'
  | 'unknown-replay'
  | 'unknown-projection'
  | 'not-rebuildable'
  | 'runs-elsewhere'
  | 'not-supported'
  | 'unavailable'
  | 'overloaded'
  | 'bad-request'
  | 'internal';

/** An answer of application/problem+json (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: ProblemCode,
    readonly detail: string,
    /** What the caller needs to act on it; never named `type`, `title`, `status`, `detail` or `code`. */
    readonly facts: JsonObject = {},
    readonly retryAfterSeconds?: number,
  ) {
    super(detail);
  }

  toBody(): JsonObject {
    return {
      type: `urn:stockfold:problem:${this.code}`,
      title: TITLES[this.status] ?? 'Error',
      status: this.status,
      detail: this.detail,
      code: this.code,
      ...this.facts,
    };
  }
}

const TITLES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
};

const REJECTION_STATUS: Readonly<Record<RejectionCode, number>> = {
  insufficient: 409,
  'id-reused': 422,
  'reference-reused': 422,
  'unknown-reservation': 404,
  'reservation-ended': 409,
  'reservation-confirmed': 409,
  'reservation-pending': 409,
  'unknown-line': 422,
  'unknown-group': 422,
  'foreign-location': 403,
  'too-many-channels': 400,
  'unknown-supply': 404,
  'unknown-transfer': 404,
  'fulfil-exceeds-hold': 409,
  'not-parked': 409,
  'entry-in-doubt': 409,
  'not-proposed': 409,
};

export const problemOf = (rejected: Rejected, facts: JsonObject = rejected.facts): Problem =>
  new Problem(REJECTION_STATUS[rejected.code], rejected.code, rejected.detail, facts);

/** What a read model does not know. @param stale it has not got to where the caller asked it to be: it may know soon */
export const unknownTo = (stale: boolean, code: ProblemCode, detail: string, facts: JsonObject): Problem =>
  stale
    ? new Problem(404, code, `${detail} What was written up to minPosition is not shown yet: ask again.`, {
        ...facts,
        stale,
      })
    : new Problem(404, code, detail, facts);
