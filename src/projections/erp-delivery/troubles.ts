/** A valuation fails on its own so often, while others go through, before a person has to look at it. */
const MOST_BLAMED = 5;
const BACKOFF_MS = { first: 500, most: 60_000 };

interface Trouble {
  attempts: number;
  /** Failures while the ERP took others. */
  blamed: number;
  successes: number;
  nextTryAt: number;
}

/** Which valuation streams the ERP failed on, and when to try them again. */
export class Troubles {
  private readonly byStream = new Map<string, Trouble>();

  constructor(private readonly now: () => number) {}

  isDue(stream: string): boolean {
    return (this.byStream.get(stream)?.nextTryAt ?? 0) <= this.now();
  }

  /**
   * @param before what is known of earlier attempts
   * @param successes of all calls so far: when there were more since the last failure, the ERP was well
   * @param isBlamed true when the ERP took others in the same call
   */
  failed(
    stream: string,
    before: number,
    successes: number,
    isBlamed: boolean,
  ): { attempts: number; isHopeless: boolean } {
    const known = this.byStream.get(stream);
    const trouble = known ?? { attempts: before, blamed: 0, successes, nextTryAt: 0 };
    trouble.attempts += 1;
    if (isBlamed || successes > trouble.successes) trouble.blamed += 1;
    trouble.successes = successes;
    // The first time may have been a hiccup.
    const delayMs = known === undefined ? 0 : Math.min(BACKOFF_MS.most, BACKOFF_MS.first * 2 ** (trouble.attempts - 2));
    trouble.nextTryAt = this.now() + delayMs * (0.5 + Math.random() / 2);
    this.byStream.set(stream, trouble);
    return { attempts: trouble.attempts, isHopeless: trouble.blamed >= MOST_BLAMED };
  }

  settled(stream: string): void {
    this.byStream.delete(stream);
  }
}
