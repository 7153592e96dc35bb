import type { ErpConnector, ErpOutcome, ErpPosting } from '../../ports/erp.js';
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
    return { connector: this.connector.name, breaker: this.breaker.state, answered, failed, ...error };
  }

  /** From then on nothing is sent any more. */
  stopOn(signal: AbortSignal): void {
    this.stopping = signal;
  }

  /** @throws DeliveryDelayed when nothing is to be sent now */
  post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    return this.pass(postings.length, async () => {
      const outcomes = await this.connector.post(postings);
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
      const waitMs = this.bucket?.take(postings) ?? 0;
      if (waitMs > 0) await abortableSleep(waitMs, this.stopping);
      if (this.stopping.aborted) throw new DeliveryDelayed('the poster stops');
      try {
        const answer = await call();
        if (postings > 0) this.msPerPosting += ((this.now() - startedAt) / postings - this.msPerPosting) / 8;
        return answer;
      } catch (error) {
        const detail = error instanceof Error ? error.message : String(error);
        this.ended(detail);
        throw new DeliveryDelayed(detail);
      }
    });
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
