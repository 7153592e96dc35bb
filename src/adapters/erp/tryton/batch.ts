import { valuationStream } from '../../../domain/values/identifiers.js';
import type { ErpOutcome, ErpPosting } from '../../../ports/erp.js';
import type { Log } from '../../../ports/log.js';
import type { Chart } from '../chart.js';
import type { Books } from './books.js';
import { TrytonAway, TrytonRefusal } from './fault.js';
import type { FoundMove, Moves } from './moves.js';
import type { Periods } from './periods.js';
import {
  hasSameAmounts,
  isPrepared,
  isSameMove,
  moveValues,
  type PreparedMove,
  prepare,
  rejected,
} from './prepared-move.js';
import { meaningOf } from './refusal.js';

/** An ERP that is open for posting. */
export interface OpenErp {
  readonly chart: Chart;
  readonly books: Books;
  readonly periods: Periods;
  readonly moves: Moves;
  readonly log: Log;
}

/** One posting of a batch, and the valuation streams on which an earlier one of the same caller has got stuck. */
export interface BatchItem {
  readonly posting: ErpPosting;
  readonly stuck: Set<string>;
}

interface Draft {
  readonly item: BatchItem;
  readonly id: number;
}

/** The ERP has changed under our hands: nothing is believed until it has been read again. */
class LookAgain extends Error {}

/** So often somebody else may be quicker before the batch is left for later. */
const MAX_PASSES = 4;

/**
 * Brings postings into the ERP: finds those that are there, creates the others as drafts, all or nothing, and posts the
 * drafts. Each pass begins with a look, so that whatever an earlier one has left, with or without an answer, is found.
 */
export class Batch {
  private readonly outcomes = new Map<BatchItem, ErpOutcome>();
  /** Whether moves that are not settled may be in the ERP. */
  private isInDoubt = false;
  /** Why pass after pass has come to nothing. */
  private obstacle = 'Somebody else works on the same moves.';

  constructor(
    private readonly erp: OpenErp,
    private readonly items: readonly BatchItem[],
  ) {}

  /** Never rejects. */
  async post(): Promise<ReadonlyMap<BatchItem, ErpOutcome>> {
    let failure: string | undefined;
    for (let pass = 1; pass <= MAX_PASSES && this.unsettled().length > 0; pass += 1) {
      try {
        await this.pass();
      } catch (error) {
        // One answer may get lost: what became of the call is looked up at once.
        const isLost = failure === undefined && error instanceof TrytonAway && error.applied === 'unknown';
        failure = error instanceof Error ? error.message : String(error);
        if (!isLost) break;
      }
    }
    const applied = this.isInDoubt ? 'unknown' : 'no';
    const detail = failure ?? this.obstacle;
    for (const item of this.unsettled()) this.settle(item, { status: 'retry-later', applied, detail });
    return this.outcomes;
  }

  private async pass(): Promise<void> {
    try {
      const { drafts, missing } = await this.look();
      const created = await this.create(missing);
      const order = new Map(this.items.map((item, index) => [item, index]));
      const inOrder = [...drafts, ...created].sort(
        (one, other) => (order.get(one.item) ?? 0) - (order.get(other.item) ?? 0),
      );
      await this.postDrafts(inOrder);
    } catch (error) {
      if (!(error instanceof LookAgain)) throw error;
    }
  }

  /** Settles what needs nothing from the ERP any more, and says what is to be done of the rest. */
  private async look() {
    const found = await this.erp.moves.find(this.unsettled().map(({ posting }) => posting.ref));
    for (const item of this.unsettled()) {
      const there = found.get(item.posting.ref);
      if (there?.posted) this.settle(item, onPosted(item.posting, there));
    }
    const drafts: Draft[] = [];
    const missing: { item: BatchItem; move: PreparedMove }[] = [];
    const stale: Draft[] = [];
    for (const item of this.unsettled()) {
      const there = found.get(item.posting.ref);
      const move = this.isHeldBack(item) ? undefined : await this.prepared(item);
      const isDraftOfIt = move !== undefined && there !== undefined && isSameMove(move, there);
      if (there !== undefined) (isDraftOfIt ? drafts : stale).push({ item, id: there.id });
      if (move !== undefined && !isDraftOfIt) missing.push({ item, move });
    }
    this.isInDoubt ||= drafts.length + stale.length > 0;
    await this.discardStale(stale);
    return { drafts, missing };
  }

  /** A posting is not given up while its draft may still be there. */
  private async discardStale(stale: readonly Draft[]): Promise<void> {
    try {
      await this.discard(stale.map(({ id }) => id));
    } catch (error) {
      for (const { item } of stale) this.outcomes.delete(item);
      throw error;
    }
  }

  private async prepared(item: BatchItem): Promise<PreparedMove | undefined> {
    const result = await prepare(item.posting, this.erp);
    if (isPrepared(result)) return result;
    this.settle(item, result);
    return undefined;
  }

  /** What the ERP refuses together is tried in halves, until those are found that it refuses alone. */
  private async create(missing: readonly { item: BatchItem; move: PreparedMove }[]): Promise<readonly Draft[]> {
    const { books, moves } = this.erp;
    const going = missing.filter(({ item }) => !this.isHeldBack(item));
    const [first] = going;
    if (first === undefined) return [];
    try {
      const ids = await moves.create(going.map(({ move }) => moveValues(move, books)));
      this.isInDoubt = true;
      return going.flatMap(({ item }, index) => {
        const id = ids[index];
        return id === undefined ? [] : [{ item, id }];
      });
    } catch (error) {
      this.isInDoubt ||= !(error instanceof TrytonRefusal || (error instanceof TrytonAway && error.applied === 'no'));
      const refusal = this.refusalOf(error);
      if (going.length === 1) {
        this.settle(first.item, refusal);
        return [];
      }
      const middle = Math.ceil(going.length / 2);
      const earlier = await this.create(going.slice(0, middle));
      return [...earlier, ...(await this.create(going.slice(middle)))];
    }
  }

  /** Together, or one by one when the ERP refuses them together. What it refuses alone does not stay as a draft. */
  private async postDrafts(drafts: readonly Draft[]): Promise<void> {
    const [first] = drafts;
    if (first === undefined) return;
    try {
      await this.erp.moves.post(drafts.map(({ id }) => id));
      for (const { item } of drafts) this.settle(item, { status: 'posted' });
    } catch (error) {
      const refusal = this.refusalOf(error);
      if (drafts.length > 1) {
        for (const draft of drafts) {
          if (this.isHeldBack(draft.item)) await this.discard([draft.id]);
          else await this.postDrafts([draft]);
        }
        return;
      }
      await this.discard([first.id]);
      this.settle(first.item, refusal);
    }
  }

  /** Drafts keep the accountant from closing the period. */
  private async discard(ids: readonly number[]): Promise<void> {
    try {
      await this.erp.moves.delete(ids);
    } catch (error) {
      if (!(error instanceof TrytonRefusal)) throw error;
      if (meaningOf(error) === 'look-again') throw new LookAgain();
      this.obstacle = `Drafts cannot be deleted from the ERP: ${error.message}`;
      this.erp.log.warn('drafts cannot be deleted from the ERP', { moves: ids, because: error.message });
    }
  }

  /** @throws the error when it is no refusal, LookAgain when it may mean something else by now */
  private refusalOf(error: unknown) {
    if (!(error instanceof TrytonRefusal)) throw error;
    const meaning = meaningOf(error);
    if (meaning === 'BAD_ACCOUNT') this.erp.books.forgetAccounts();
    if (meaning === 'closed') this.erp.periods.forget();
    if (meaning === 'closed' || meaning === 'look-again') throw new LookAgain();
    return rejected(meaning, error.message);
  }

  /** Behind one of its SKU and location that is not posted, nothing is. */
  private isHeldBack(item: BatchItem): boolean {
    if (!item.stuck.has(valuationStream(item.posting))) return false;
    this.settle(item, { status: 'retry-later', applied: 'no', detail: 'behind one that is not posted' });
    return true;
  }

  private settle(item: BatchItem, outcome: ErpOutcome): void {
    this.outcomes.set(item, outcome);
    const isDone = outcome.status === 'posted' || outcome.status === 'duplicate';
    if (!isDone) item.stuck.add(valuationStream(item.posting));
  }

  private unsettled(): readonly BatchItem[] {
    return this.items.filter((item) => !this.outcomes.has(item));
  }
}

function onPosted(posting: ErpPosting, there: FoundMove): ErpOutcome {
  if (hasSameAmounts(posting, there)) return { status: 'duplicate' };
  return rejected('NEEDS_HUMAN', 'The ERP has posted other amounts under this ref.');
}
