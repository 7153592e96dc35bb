import type { Sku } from '../../../domain/values/identifiers.js';

/** One call asks for so much at most. */
const MAX_SKUS = 2_000;

/** Asks once for what several callers want in the same turn of the event loop. */
export class SharedRead<Reply> {
  private gathering: { readonly skus: Set<Sku>; readonly reply: Promise<Reply> } | undefined;

  constructor(private readonly ask: (skus: readonly Sku[]) => Promise<Reply>) {}

  /** @returns an answer that holds at least these */
  read(skus: readonly Sku[]): Promise<Reply> {
    let gathering = this.gathering;
    if (gathering === undefined || gathering.skus.size + skus.length > MAX_SKUS) {
      gathering = this.gather();
      this.gathering = gathering;
    }
    for (const sku of skus) gathering.skus.add(sku);
    return gathering.reply;
  }

  private gather() {
    const skus = new Set<Sku>();
    const reply = new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      if (this.gathering?.skus === skus) this.gathering = undefined;
      return this.ask([...skus]);
    });
    return { skus, reply };
  }
}
