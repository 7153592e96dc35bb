import { setTimeout as sleep } from 'node:timers/promises';
import type { Movement } from './movement.js';

/** What the service said of one movement. */
export type Result =
  | { readonly status: 'accepted'; readonly exceptions: readonly string[] }
  | { readonly status: 'duplicate' }
  | { readonly status: 'rejected'; readonly problem: string };

/** The service cannot be used: it does not answer for too long, refuses the key, or is no such service. */
export class ServiceDefect extends Error {}

/** Tells why a request is to be made again, and how long the service asks to be left alone. */
class TryAgain extends Error {
  constructor(
    message: string,
    readonly waitMs = 0,
  ) {
    super(message);
  }
}

const REQUEST_TIMEOUT_MS = 60_000;
const FIRST_BACKOFF_MS = 100;
const MAX_BACKOFF_MS = 2_000;

/** Posts batches to `POST /v1/movements`. Ids make every retry harmless: what was stored comes back as duplicate. */
export class MovementsClient {
  readonly #endpoint: URL;

  constructor(
    url: URL,
    private readonly key: string,
    private readonly patienceMs: number,
  ) {
    this.#endpoint = new URL('v1/movements', url);
  }

  /** One result a movement, in order. Throws ServiceDefect, or the signal's reason. */
  async post(movements: readonly Movement[], signal: AbortSignal): Promise<readonly Result[]> {
    const body = JSON.stringify({ movements });
    let giveUpAt: number | undefined;
    for (let backoffMs = FIRST_BACKOFF_MS; ; backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS)) {
      try {
        return readResults(await this.#send(body, signal), movements.length);
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof TryAgain)) throw error;
        // From the first failure on: a service that is merely slow has not used up anyone's patience.
        giveUpAt ??= Date.now() + this.patienceMs;
        // Spread, so that the requests in flight do not all come back at the same moment.
        const waitMs = Math.max(error.waitMs, backoffMs * (0.5 + Math.random() / 2));
        if (Date.now() + waitMs > giveUpAt) {
          throw new ServiceDefect(`${this.#endpoint.origin}: ${error.message}, for ${this.patienceMs / 1000} s`);
        }
        await sleep(waitMs, undefined, { signal }).catch(() => signal.throwIfAborted());
      }
    }
  }

  async #send(body: string, signal: AbortSignal): Promise<unknown> {
    const { status, retryAfter, text } = await this.#exchange(body, signal);
    if (status === 429 || status === 408 || status >= 500) {
      throw new TryAgain(`answers ${status} (${problemText(text)})`, retryAfterMs(retryAfter));
    }
    if (status !== 200) throw new ServiceDefect(refusal(this.#endpoint, status, text));
    return readJson(text) ?? notOurs();
  }

  async #exchange(
    body: string,
    signal: AbortSignal,
  ): Promise<{ status: number; retryAfter: string | null; text: string }> {
    try {
      const response = await fetch(this.#endpoint, {
        method: 'POST',
        headers: { authorization: `Bearer ${this.key}`, 'content-type': 'application/json' },
        body,
        // A redirect would carry the key to an address nobody named.
        redirect: 'manual',
        signal: AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]),
      });
      return { status: response.status, retryAfter: response.headers.get('retry-after'), text: await response.text() };
    } catch (error) {
      // Refused, reset, cut off in the answer or timed out: whether it was stored is unknown, and need not be known.
      throw new TryAgain(`no answer (${causeText(error)})`);
    }
  }
}

function readResults(answer: unknown, count: number): readonly Result[] {
  const results = property(answer, 'results');
  if (!Array.isArray(results) || results.length !== count) return notOurs();
  return results.map(readResult);
}

function readResult(result: unknown): Result {
  const status = property(result, 'status');
  switch (status) {
    case 'accepted':
      return { status, exceptions: exceptionCodes(property(result, 'exceptions')) };
    case 'duplicate':
      return { status };
    case 'rejected':
      return { status, problem: describe(property(result, 'problem')) };
    default:
      return notOurs();
  }
}

function exceptionCodes(exceptions: unknown): readonly string[] {
  return Array.isArray(exceptions) ? exceptions.map((exception) => String(property(exception, 'code'))) : [];
}

function notOurs(): never {
  throw new ServiceDefect('the answer is not one of this API: is --url the service?');
}

function refusal(endpoint: URL, status: number, text: string): string {
  const said = `${endpoint.href} answers ${status} (${problemText(text)})`;
  if (status === 401 || status === 403) return `${said}: give a --key that may post movements`;
  if (status === 404 || status < 400) return `${said}: is --url the service?`;
  return said;
}

/** Problem details as one line of text: RFC 9457's most telling member. */
function describe(problem: unknown): string {
  const texts = ['detail', 'title', 'code'].map((name) => property(problem, name));
  return texts.find((text): text is string => typeof text === 'string' && text !== '') ?? 'no reason given';
}

function problemText(text: string): string {
  return describe(readJson(text));
}

function readJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function property(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? Reflect.get(value, name) : undefined;
}

function retryAfterMs(header: string | null): number {
  const seconds = Number(header);
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

function causeText(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  if (!(cause instanceof Error)) return String(cause);
  return 'code' in cause && typeof cause.code === 'string' ? cause.code : cause.message;
}
