import { shortened } from '../fetch-failure.js';
import { isRecord } from '../posting-message.js';
import { connectionFault, EndpointFault, statusFault } from './fault.js';
import type { HttpSettings } from './settings.js';
import { idempotencyKey, signed } from './signature.js';

const MAX_ANSWER_BYTES = 16 * 1_048_576;
/** Longer than this nobody is left alone, whatever was asked for. */
const MOST_REST_MS = 10 * 60_000;

/** What an integrator has built: signed requests, each within a time of its own, over connections that are kept. */
export class Endpoint {
  private restsUntil = 0;

  constructor(
    private readonly settings: Pick<HttpSettings, 'url' | 'secret' | 'timeoutMs'>,
    private readonly now: () => number,
  ) {}

  /** @returns the answer's JSON @throws EndpointFault */
  post(path: string, content: object): Promise<unknown> {
    const body = JSON.stringify(content);
    const headers = { 'content-type': 'application/json', 'idempotency-key': idempotencyKey(body) };
    return this.request(path, { method: 'POST', headers: { ...headers, ...this.signature('POST', body) }, body });
  }

  /** @returns the answer's JSON @throws EndpointFault */
  get(path: string, parameters: readonly [name: string, value: string][]): Promise<unknown> {
    const query = String(new URLSearchParams(parameters));
    return this.request(`${path}${query === '' ? '' : `?${query}`}`, {
      method: 'GET',
      headers: this.signature('GET', query),
    });
  }

  private signature(method: 'GET' | 'POST', content: string) {
    return signed(this.settings.secret, method, content, this.now());
  }

  private async request(target: string, init: RequestInit): Promise<unknown> {
    const restMs = this.restsUntil - this.now();
    if (restMs > 0) {
      const detail = `The endpoint wants to be left alone for ${Math.ceil(restMs)} ms.`;
      throw new EndpointFault(detail, 'no', false, restMs);
    }
    const { url, timeoutMs } = this.settings;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${url}${target}`, { ...init, redirect: 'manual', signal });
      const asksForMs = restOf(response, this.now());
      if (asksForMs !== undefined) this.restsUntil = this.now() + asksForMs;
      const text = await textOf(response);
      if (!response.ok) throw statusFault(response.status, detailIn(text), asksForMs);
      return jsonOf(text);
    } catch (error) {
      throw error instanceof EndpointFault ? error : connectionFault(error);
    }
  }
}

/** Seconds or a date, of a refusal for now. */
function restOf({ status, headers }: Response, now: number): number | undefined {
  const text = headers.get('retry-after');
  if (text === null || (status !== 429 && status < 500)) return undefined;
  const restMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - now;
  return restMs > 0 ? Math.min(restMs, MOST_REST_MS) : undefined;
}

async function textOf({ body }: Response): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of body ?? []) {
    bytes += chunk.length;
    if (bytes > MAX_ANSWER_BYTES) throw new EndpointFault('The answer is too long.', 'unknown');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new EndpointFault('The answer is not JSON.', 'unknown');
  }
}

/** A problem's own words, if it is one. */
function detailIn(text: string): string {
  try {
    const problem: unknown = JSON.parse(text);
    return isRecord(problem) ? shortened(problem.detail ?? problem.title) : '';
  } catch {
    return shortened(text.trim());
  }
}
