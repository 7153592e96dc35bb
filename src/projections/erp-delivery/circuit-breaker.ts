export interface BreakerOptions {
  /** Failures in a row after which nothing is sent any more for a while; default 5. */
  readonly threshold?: number;
  /** How long that is the first time; it doubles with every probe that fails. Default 1,000. */
  readonly firstOpenMs?: number;
  /** Default 60,000. */
  readonly mostOpenMs?: number;
}

export const BREAKER_STATES = ['closed', 'half-open', 'open'] as const;
export type BreakerState = (typeof BREAKER_STATES)[number];

/** Keeps calls away from an ERP that does not answer, and lets a single one through from time to time. */
export class CircuitBreaker {
  private failures = 0;
  private openings = 0;
  private openUntil = 0;
  private probing = false;

  constructor(
    private readonly now: () => number,
    private readonly options: BreakerOptions = {},
  ) {}

  get state(): BreakerState {
    if (this.openings === 0) return 'closed';
    return this.probing || this.now() >= this.openUntil ? 'half-open' : 'open';
  }

  /** True when a call may be made; its end has to be told. */
  admit(): boolean {
    if (this.openings === 0) return true;
    if (this.probing || this.now() < this.openUntil) return false;
    this.probing = true;
    return true;
  }

  succeeded(): void {
    this.failures = 0;
    this.openings = 0;
    this.probing = false;
  }

  /** A call went well that says nothing about whether the next one will. */
  undecided(): void {
    this.probing = false;
  }

  failed(): void {
    const { threshold = 5, firstOpenMs = 1_000, mostOpenMs = 60_000 } = this.options;
    this.failures += 1;
    if (this.failures < threshold && !this.probing) return;
    const openMs = Math.min(mostOpenMs, firstOpenMs * 2 ** Math.min(this.openings, 20));
    // Posters that have lost the same ERP should not all come back in the same moment.
    this.openUntil = this.now() + openMs * (0.75 + Math.random() / 4);
    this.openings += 1;
    this.probing = false;
  }
}
