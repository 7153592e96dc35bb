import { partitionNamedBy } from '../../../domain/delivery/partitions.js';
import { stockKeyOf } from '../../../domain/values/identifiers.js';
import type { CheckpointContent } from '../../../ports/checkpoint.js';
import { START } from '../../../ports/event-store.js';
import type {
  DeliveryFact,
  PostingCounts,
  PostingEntry,
  PostingsProgress,
  PostingsQuery,
  ValuedPostings,
} from '../../../ports/postings-book.js';
import { PostingsBook } from '../../../ports/postings-book.js';
import type { CheckpointFile } from '../../checkpoint-file.js';
import { RareCheckpoints } from '../../rare-checkpoints.js';
import { checkpointLines, restoreLines } from './checkpoint-lines.js';
import { ConnectorLedger } from './connector-ledger.js';
import { PostingTable } from './posting-table.js';

/** Postings looked through before others get a turn. */
const SLICE = 50_000;

const NOTHING_YET: PostingsProgress = { position: START, valuedUpTo: START };

/** It holds a line for every posting there ever was, so it is written rarely: a start reads what is newer. */
const CHECKPOINT_EVERY_MS = 300_000;

/** What became of postings, in the memory of one process, kept over restarts by a checkpoint file when it has one. */
export class MemoryPostingsBook extends PostingsBook {
  private table = new PostingTable();
  private readonly ledgers = new Map<string, ConnectorLedger>();
  private reached = NOTHING_YET;
  private storeIdentity: string | undefined;
  private readonly checkpoints: RareCheckpoints;

  /**
   * @param connectors those that get postings, also before the first
   * @param file in {@link POSTINGS_FORMAT}
   */
  constructor(
    private readonly connectors: readonly string[],
    file?: CheckpointFile,
  ) {
    super();
    this.checkpoints = new RareCheckpoints(file, CHECKPOINT_EVERY_MS);
  }

  override async open(storeIdentity: string): Promise<PostingsProgress> {
    if (this.storeIdentity === storeIdentity) return this.reached;
    this.table = new PostingTable();
    this.ledgers.clear();
    this.reached = NOTHING_YET;
    const checkpoint = await this.checkpoints.open(storeIdentity);
    if (checkpoint !== undefined) {
      restoreLines(checkpoint.lines, this.table, (connector) => this.ledger(connector));
      const [position = '0', valuedUpTo = '0'] = checkpoint.progress;
      this.reached = { position: BigInt(position), valuedUpTo: BigInt(valuedUpTo) };
    }
    for (const connector of this.connectors) this.ledger(connector);
    this.storeIdentity = storeIdentity;
    return this.reached;
  }

  override async save(facts: readonly (ValuedPostings | DeliveryFact)[], progress: PostingsProgress): Promise<void> {
    for (const fact of facts) {
      if (fact.kind === 'valued') {
        if (fact.position > this.reached.position) this.table.add(fact);
      } else {
        const { connector, partition } = partitionNamedBy(fact.stream);
        this.ledger(connector).take(partition, fact.event, fact.revision);
      }
    }
    if (progress.position <= this.reached.position) return;
    this.reached = progress;
    this.checkpoints.changed(() => this.content());
  }

  override async byRef(ref: string): Promise<readonly PostingEntry[]> {
    const ordinal = this.table.find(ref);
    return ordinal === undefined ? [] : [...this.ledgers.values()].map((ledger) => ledger.entry(ordinal));
  }

  override async page(query: PostingsQuery): Promise<readonly PostingEntry[]> {
    const { status, connector, after, limit } = query;
    const ledgers = [...this.ledgers.values()]
      .filter((ledger) => connector === undefined || ledger.connector === connector)
      .sort((one, other) => (one.connector < other.connector ? -1 : 1));
    const found: PostingEntry[] = [];
    const begin = after?.ordinal ?? 0;
    for (let ordinal = begin; ordinal < this.table.size && found.length <= limit; ordinal += 1) {
      if ((ordinal - begin) % SLICE === SLICE - 1) await new Promise((resolve) => setImmediate(resolve));
      if (!this.matches(ordinal, query)) continue;
      for (const ledger of ledgers) {
        if (after?.ordinal === ordinal && ledger.connector <= after.connector) continue;
        const is = ledger.status(ordinal);
        if (status === undefined || is === status) found.push(ledger.entry(ordinal, is));
      }
    }
    return found.slice(0, limit + 1);
  }

  override counts(): readonly PostingCounts[] {
    return [...this.ledgers.values()].map((ledger) => {
      const oldest = ledger.oldest();
      const { connector, pending, parked } = ledger;
      return { connector, pending, parked, ...(oldest === undefined ? {} : { oldestAt: this.table.at(oldest) }) };
    });
  }

  override progress(): PostingsProgress {
    return this.reached;
  }

  override async close(): Promise<void> {
    await this.checkpoints.close();
  }

  private content(): CheckpointContent {
    const { position, valuedUpTo } = this.reached;
    const lines = checkpointLines(this.table, [...this.ledgers.values()]);
    return { progress: [position.toString(), valuedUpTo.toString()], lines };
  }

  private ledger(connector: string): ConnectorLedger {
    const known = this.ledgers.get(connector);
    if (known !== undefined) return known;
    const ledger = new ConnectorLedger(connector, this.table);
    this.ledgers.set(connector, ledger);
    return ledger;
  }

  private matches(ordinal: number, { locations, sku }: PostingsQuery): boolean {
    if (locations === '*' && sku === undefined) return true;
    const key = stockKeyOf(this.table.stream(ordinal));
    return (locations === '*' || locations.has(key.location)) && (sku === undefined || key.sku === sku);
  }
}
