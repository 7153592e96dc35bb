/** A request had no answer that could be used. */
export class EndpointFault extends Error {
  override readonly name = 'EndpointFault';

  constructor(
    message: string,
    /** Whether it may have had its effect all the same. */
    readonly applied: 'no' | 'unknown',
    /** True when it would be refused again: what it says is at fault, not the moment. */
    readonly isRefusal = false,
  ) {
    super(message);
  }
}

const MAX_DETAIL_LENGTH = 500;

export const shortened = (text: unknown): string => String(text ?? '').slice(0, MAX_DETAIL_LENGTH);

/** Nothing has been sent when a request fails like this. */
const NOT_SENT = new Set([
  'ECONNREFUSED',
  'ENOTFOUND',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'UND_ERR_CONNECT_TIMEOUT',
]);

/** What `fetch` failed of; its own message says next to nothing. */
export function connectionFault(error: unknown): EndpointFault {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message || code : String(cause);
  return new EndpointFault(
    `The endpoint gives no answer: ${shortened(message)}`,
    NOT_SENT.has(code) ? 'no' : 'unknown',
  );
}

/** What the status of an answer means that is not a success. @param detail what it says of itself */
export function statusFault(status: number, detail: string): EndpointFault {
  const said = `The endpoint answers ${status}${detail === '' ? '' : `: ${detail}`}`;
  if (status >= 500) return new EndpointFault(said, 'unknown');
  if (status < 400) return new EndpointFault(`${said}. Redirects are not followed: set ERP_URL.`, 'no');
  switch (status) {
    case 400:
    case 413:
    case 422:
      return new EndpointFault(said, 'no', true);
    case 401:
    case 403:
      return new EndpointFault(`${said}. It does not accept the signature: check ERP_SECRET and the clocks.`, 'no');
    case 408:
    case 409:
      return new EndpointFault(said, 'unknown');
    default:
      return new EndpointFault(said, 'no');
  }
}
