import { fetchFailure } from '../fetch-failure.js';

/** A request had no answer that could be used. */
export class EndpointFault extends Error {
  override readonly name = 'EndpointFault';

  constructor(
    message: string,
    /** Whether it may have had its effect all the same. */
    readonly applied: 'no' | 'unknown',
    /** True when it would be refused again: what it says is at fault, not the moment. */
    readonly isRefusal = false,
    /** How long the endpoint asks to be left alone, when it does. */
    readonly restMs?: number,
    /** True when the endpoint has nothing to say to such a question. */
    readonly isUnknownPath = false,
  ) {
    super(message);
  }
}

export function connectionFault(error: unknown): EndpointFault {
  const { message, applied } = fetchFailure(error);
  return new EndpointFault(`The endpoint gives no answer: ${message}`, applied);
}

/** Of one that is asked too much and does not say for how long. */
const USUAL_REST_MS = 1_000;

/**
 * What the status of an answer means that is not a success.
 * @param detail what it says of itself @param restMs how long it asks to be left alone
 */
export function statusFault(status: number, detail: string, restMs?: number): EndpointFault {
  const said = `The endpoint answers ${status}${detail === '' ? '' : `: ${detail}`}`;
  if (status === 501) return new EndpointFault(said, 'no', false, restMs, true);
  if (status >= 500) return new EndpointFault(said, 'unknown', false, restMs);
  if (status < 400) return new EndpointFault(`${said}. Redirects are not followed: set ERP_URL.`, 'no');
  switch (status) {
    case 400:
    case 413:
    case 422:
      return new EndpointFault(said, 'no', true);
    case 401:
    case 403:
      return new EndpointFault(`${said}. It does not accept the signature: check ERP_SECRET and the clocks.`, 'no');
    case 404:
      return new EndpointFault(said, 'no', false, undefined, true);
    case 429:
      return new EndpointFault(said, 'no', false, restMs ?? USUAL_REST_MS);
    case 408:
    case 409:
      return new EndpointFault(said, 'unknown');
    default:
      return new EndpointFault(said, 'no');
  }
}
