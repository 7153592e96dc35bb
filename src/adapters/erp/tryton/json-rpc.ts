import { fetchFailure, shortened } from '../fetch-failure.js';
import { TrytonAway, TrytonMisconfigured, TrytonRefusal } from './fault.js';

/** The session has ended, or never was. */
export class SessionEnded extends Error {
  override readonly name = 'SessionEnded';
}

/** What an ERP refuses by a rule; anything else it answers is its own trouble. */
const REFUSALS = ['UserError', 'UserWarning'];

/** Calls of Tryton's JSON-RPC, each within a time of its own; connections are kept where the server keeps them. */
export class JsonRpc {
  private calls = 0;

  constructor(
    private readonly url: string,
    private readonly timeoutMs: number,
  ) {}

  /** @throws TrytonRefusal, TrytonAway, SessionEnded, TrytonMisconfigured */
  async call(method: string, params: readonly unknown[], authorization?: string): Promise<unknown> {
    this.calls += 1;
    const answer = await this.post(JSON.stringify({ id: this.calls, method, params }), authorization);
    const { result, error } = answer;
    if (error === undefined) return result;
    const [type, args] = Array.isArray(error) ? error : [error];
    const text = shortened(Array.isArray(args) ? args[0] : args) || shortened(type);
    if (REFUSALS.includes(type)) throw new TrytonRefusal(type, text);
    if (type === 'LoginException')
      throw new TrytonMisconfigured(`The ERP wants another login than a password: ${text}`);
    // It answered with an error, so it has rolled back: a lock, a conflict, or a fault of its own.
    throw new TrytonAway(`The ERP answers ${method} with ${shortened(type)} ${text}`.trim(), 'no');
  }

  private async post(body: string, authorization?: string): Promise<{ result?: unknown; error?: unknown }> {
    const response = await this.send(body, authorization);
    const { status } = response;
    if (status === 401) throw new SessionEnded('The ERP knows no such session.');
    if (status >= 300 && status < 400) {
      throw new TrytonMisconfigured(`The ERP is elsewhere: ${response.headers.get('location')}; set ERP_URL to it.`);
    }
    if (!response.ok) throw new TrytonAway(`The ERP answers ${status}.`, status >= 500 ? 'unknown' : 'no');
    try {
      const answer: unknown = await response.json();
      if (typeof answer === 'object' && answer !== null) return answer;
    } catch (error) {
      throw new TrytonAway(`The ERP's answer was cut off: ${fetchFailure(error).message}`, 'unknown');
    }
    throw new TrytonAway('The ERP answers in a way that is not its own.', 'unknown');
  }

  private async send(body: string, authorization?: string): Promise<Response> {
    try {
      return await fetch(this.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(authorization === undefined ? {} : { authorization }) },
        body,
        redirect: 'manual',
        signal: AbortSignal.timeout(this.timeoutMs),
      });
    } catch (error) {
      const { message, applied } = fetchFailure(error);
      throw new TrytonAway(`The ERP cannot be reached: ${message}`, applied);
    }
  }
}
