const MAX_DETAIL_LENGTH = 500;

/** What an ERP says of itself, bounded. */
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

export interface FetchFailure {
  readonly message: string;
  /** Whether the request may have had its effect all the same. */
  readonly applied: 'no' | 'unknown';
}

/** What `fetch` failed of; its own message says next to nothing. */
export function fetchFailure(error: unknown): FetchFailure {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  const message = cause instanceof Error ? cause.message || code : String(cause);
  return { message: shortened(message), applied: NOT_SENT.has(code) ? 'no' : 'unknown' };
}
