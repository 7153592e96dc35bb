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
    if (restMs > 0) throw new EndpointFault(`The endpoint wants to be left alone for ${Math.ceil(restMs)} ms.`, 'no');
    const { url, timeoutMs } = this.settings;
    try {
      const signal = AbortSignal.timeout(timeoutMs);
      const response = await fetch(`${url}${target}`, { ...init, redirect: 'manual', signal });
      this.noteRest(response);
      const text = await textOf(response);
      if (!response.ok) throw statusFault(response.status, detailIn(text));
      return jsonOf(text);
    } catch (error) {
      throw error instanceof EndpointFault ? error : connectionFault(error);
    }
  }

  /** Seconds or a date, of a refusal for now. */
  private noteRest({ status, headers }: Response): void {
    const text = headers.get('retry-after');
    if (text === null || (status !== 429 && status < 500)) return;
    const restMs = /^\d+$/.test(text) ? Number(text) * 1_000 : Date.parse(text) - this.now();
    if (restMs > 0) this.restsUntil = this.now() + Math.min(restMs, MOST_REST_MS);
  }
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
