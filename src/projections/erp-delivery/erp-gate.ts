import { type ErpConnector, type ErpOutcome, type ErpPosting, ErpRests } from '../../ports/erp.js';
import { abortableSleep } from '../idle-ticks.js';
import { type BreakerOptions, type BreakerState, CircuitBreaker } from './circuit-breaker.js';
import { Slots } from './slots.js';
import { TokenBucket } from './token-bucket.js';

export interface GateOptions {
  /** Most postings a second; unset: as many as it takes. */
  readonly postingsPerSecond?: number;
  readonly breaker?: BreakerOptions;
}

/** The ERP could not take everything now; nothing is lost by trying again. */
export class DeliveryDelayed extends Error {
  override readonly name = 'DeliveryDelayed';
}

/** What a poster counts of its ERP. */
export interface GateStatus {
  readonly connector: string;
  readonly breaker: BreakerState;
  /** Calls, by whether anything of them came to an end. */
  readonly answered: number;
  readonly failed: number;
  /** Calls after which it asked to be left alone for a while. */
  readonly throttled: number;
  readonly lastError?: string;
}

/** The only way to an ERP: never more calls than it takes, never faster than it likes, none while it is down. */
export class ErpGate {
  private readonly breaker: CircuitBreaker;
  private readonly bucket: TokenBucket | undefined;
  private readonly slots: Slots;
  private stopping: AbortSignal = new AbortController().signal;
  private answered = 0;
  private failed = 0;
  private throttled = 0;
  private restsUntil = 0;
  private lastError: string | undefined;
  /** Of late. */
  private msPerPosting = 0;

  constructor(
    readonly connector: ErpConnector,
    private readonly now: () => number,
    private readonly options: GateOptions = {},
  ) {
    this.breaker = new CircuitBreaker(now, options.breaker);
    const { postingsPerSecond } = options;
    this.bucket = postingsPerSecond === undefined ? undefined : new TokenBucket(postingsPerSecond, now);
    this.slots = new Slots(connector.parallel);
  }

  /** Most postings in a call: never more than may go in a second. */
  get batchLimit(): number {
    const { postingsPerSecond = Number.POSITIVE_INFINITY } = this.options;
    return Math.max(1, Math.min(this.connector.batchLimit, Math.floor(postingsPerSecond)));
  }

  /** Calls so far in which something came to an end: the ERP was well then. */
  get successes(): number {
    return this.answered;
  }

  /** How long so many postings take, as far as that is known. */
  estimateMs(postings: number): number {
    return (this.msPerPosting * postings) / this.connector.parallel;
  }

  status(): GateStatus {
    const { answered, failed, lastError } = this;
    const error = lastError === undefined ? {} : { lastError };
    return {
      connector: this.connector.name,
      breaker: this.breaker.state,
      answered,
      failed,
      throttled: this.throttled,
      ...error,
    };
  }

  /** From then on nothing is sent any more. */
  stopOn(signal: AbortSignal): void {
    this.stopping = signal;
  }

  /** Waits for an ERP that asks for it, and sends again. @throws DeliveryDelayed when nothing is to be sent now */
  async post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    while (true) {
      const outcomes = await this.postOnce(postings);
      if (outcomes !== undefined) return outcomes;
    }
  }

  /** Undefined when the ERP has taken nothing and wants to be left alone first. */
  private postOnce(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[] | undefined> {
    return this.pass(postings.length, async () => {
      const outcomes = await this.connector.post(postings);
      const rest = restOf(outcomes);
      if (rest?.applied === 'unknown') throw new ErpRests(rest.detail, rest.restMs);
      if (rest !== undefined) {
        this.rest(rest.restMs);
        return undefined;
      }
      const delays = outcomes.filter((outcome) => outcome.status === 'retry-later');
      const isAnswered = delays.length < outcomes.length;
      this.ended(isAnswered ? undefined : (delays[0]?.detail ?? 'no outcome'));
      return outcomes;
    });
  }

  /** Those of the refs that are posted. @throws DeliveryDelayed when that cannot be told now */
  find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    return this.pass(0, async () => {
      const found = await this.connector.find(refs);
      // What is there has come to an end; that nothing is there says nothing of the next call.
      if (found.size > 0) this.ended(undefined);
      else this.breaker.undecided();
      return found;
    });
  }

  private pass<Answer>(postings: number, call: () => Promise<Answer>): Promise<Answer> {
    return this.slots.use(async () => {
      if (!this.breaker.admit()) throw new DeliveryDelayed(`the ERP is left alone: ${this.lastError}`);
      const startedAt = this.now();
      const waitMs = Math.max(this.restsUntil - startedAt, this.bucket?.take(postings) ?? 0);
      if (waitMs > 0) await abortableSleep(waitMs, this.stopping);
      if (this.stopping.aborted) throw new DeliveryDelayed('the poster stops');
      try {
        const answer = await call();
        if (postings > 0) this.msPerPosting += ((this.now() - startedAt) / postings - this.msPerPosting) / 8;
        return answer;
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        if (error instanceof ErpRests) this.rest(error.restMs);
        else this.ended(detail);
        throw new DeliveryDelayed(detail);
      }
    });
  }

  /** What asks for time is well: it is no failure. */
  private rest(restMs: number): void {
    this.throttled += 1;
    this.restsUntil = Math.max(this.restsUntil, this.now() + restMs);
    this.breaker.undecided();
  }

  private ended(error: string | undefined): void {
    if (error === undefined) {
      this.answered += 1;
      this.breaker.succeeded();
    } else {
      this.failed += 1;
      this.lastError = error;
      this.breaker.failed();
    }
  }
}

interface Rest {
  readonly applied: 'no' | 'unknown';
  readonly detail: string;
  readonly restMs: number;
}

/** Undefined unless nothing of a call came to an end because the ERP wants to be left alone. */
function restOf(outcomes: readonly ErpOutcome[]): Rest | undefined {
  let rest: Rest | undefined;
  for (const outcome of outcomes) {
    if (outcome.status !== 'retry-later') return undefined;
    const { applied, detail, restMs } = outcome;
    if (restMs !== undefined && rest === undefined) rest = { applied, detail, restMs };
    if (applied === 'unknown' && rest !== undefined) rest = { ...rest, applied };
  }
  return rest;
}
