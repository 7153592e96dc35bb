import type { NatsConnection } from 'nats';
import { valuationStream } from '../../../domain/values/identifiers.js';
import { ErpConnector, type ErpEntry, type ErpOutcome, type ErpPosting } from '../../../ports/erp.js';
import { connectTo, reasonOf } from '../../nats.js';
import { type Chart, mappingOf } from '../chart.js';
import { inTurn, retryLater } from '../in-turn.js';
import { entryIn, hasSameAmounts, postingMessage } from '../posting-message.js';
import { ROLES_CHART } from '../roles-chart.js';
import { PostingsLog, type PostingsLogNames } from './postings-log.js';
import { publishingFault } from './publishing-fault.js';
import type { NatsSettings } from './settings.js';

export interface NatsOptions {
  /** Default `nats`. */
  readonly name?: string;
  /** Default: accounts named as their roles. */
  readonly chart?: Chart;
  /** First part of its streams' names; default `STOCKFOLD`. */
  readonly stream?: string;
  /** First token of every subject; default `stockfold`. */
  readonly subjectPrefix?: string;
}

const LOOK_UPS_AT_ONCE = 64;

/** Hands postings over to middleware through JetStream: `posted` says that the stream keeps it, and nothing more. */
export class NatsConnector extends ErpConnector {
  override readonly name: string;
  override readonly batchLimit: number;
  override readonly parallel: number;
  override readonly mapping: string;
  private readonly chart: Chart;
  private readonly names: PostingsLogNames;
  private connection: NatsConnection | undefined;
  private opening: Promise<PostingsLog> | undefined;
  private closed = false;

  constructor(
    private readonly settings: NatsSettings,
    { name = 'nats', chart = ROLES_CHART, stream = 'STOCKFOLD', subjectPrefix = 'stockfold' }: NatsOptions = {},
  ) {
    super();
    this.name = name;
    this.chart = chart;
    this.mapping = mappingOf(chart);
    this.batchLimit = settings.batchLimit;
    this.parallel = settings.parallel;
    this.names = {
      stream: `${stream}-POSTINGS-${name}`,
      subject: `${subjectPrefix}.postings.${name}`,
      refsStream: `${stream}-POSTING-REFS-${name}`,
      refsSubject: `${subjectPrefix}.posting-refs.${name}`,
    };
  }

  /** Nothing to do: a server that is away is waited for when there is something to post. */
  override async open(): Promise<void> {}

  override async post(postings: readonly ErpPosting[]): Promise<readonly ErpOutcome[]> {
    const ready = this.ready();
    try {
      await this.noteLocations(await ready, postings);
    } catch (error) {
      this.lookAgain(ready);
      return postings.map(() => retryLater('no', `NATS: ${reasonOf(error)}`));
    }
    // Side by side, but those of one SKU and location one behind the other.
    const outcomes = new Map<string, ErpOutcome[]>();
    await Promise.all(
      [...byStream(postings)].map(async ([stream, group]) => {
        const publish = (some: readonly ErpPosting[]) => Promise.all(some.map((one) => this.publish(ready, one)));
        outcomes.set(stream, await inTurn(group, 1, publish));
      }),
    );
    return postings.map(
      (posting) => outcomes.get(valuationStream(posting))?.shift() ?? retryLater('unknown', 'no outcome'),
    );
  }

  override async find(refs: readonly string[]): Promise<ReadonlySet<string>> {
    return new Set((await this.lookUp(refs)).map(([ref]) => ref));
  }

  override async entries(refs: readonly string[]): Promise<ReadonlyMap<string, ErpEntry>> {
    const entries = (await this.lookUp(refs)).map(([ref, message]): [string, ErpEntry] => {
      const entry = entryIn(message);
      if (entry === undefined) throw new Error(`What is published under ${ref} is no posting.`);
      return [ref, entry];
    });
    return new Map(entries);
  }

  override async close(): Promise<void> {
    this.closed = true;
    await this.opening?.catch(() => undefined);
    await this.connection?.close();
  }

  private async noteLocations(log: PostingsLog, postings: readonly ErpPosting[]): Promise<void> {
    const distinct = new Map(postings.map((posting) => [posting.ref, posting])).values();
    const sendable = [...distinct].filter(({ lines }) => lines.length > 0);
    await Promise.all(sendable.map((posting) => log.noteLocation(posting)));
  }

  private async publish(ready: Promise<PostingsLog>, posting: ErpPosting): Promise<ErpOutcome> {
    try {
      const log = await ready;
      if (await log.publish(postingMessage(posting, this.chart))) return { status: 'posted' };
      const entry = entryIn(await log.read(posting.ref));
      if (entry !== undefined && hasSameAmounts(posting, entry)) return { status: 'duplicate' };
      const detail = 'Something else is published under this ref.';
      return { status: 'rejected', code: 'NEEDS_HUMAN', detail };
    } catch (error) {
      this.lookAgain(ready);
      return publishingFault(error);
    }
  }

  private async lookUp(refs: readonly string[]): Promise<readonly (readonly [ref: string, message: unknown])[]> {
    if (refs.length === 0) return [];
    const ready = this.ready();
    try {
      const log = await ready;
      const found: [string, unknown][] = [];
      for (let start = 0; start < refs.length; start += LOOK_UPS_AT_ONCE) {
        const asked = refs.slice(start, start + LOOK_UPS_AT_ONCE);
        const messages = await Promise.all(asked.map((ref) => log.read(ref)));
        for (const [at, ref] of asked.entries()) if (messages[at] !== undefined) found.push([ref, messages[at]]);
      }
      return found;
    } catch (error) {
      this.lookAgain(ready);
      throw error;
    }
  }

  private ready(): Promise<PostingsLog> {
    this.opening ??= this.openLog();
    return this.opening;
  }

  private async openLog(): Promise<PostingsLog> {
    if (this.closed) throw new Error('the connector is closed');
    if (this.connection === undefined || this.connection.isClosed()) {
      this.connection = await connectTo(this.settings.url);
    }
    return await PostingsLog.open(this.connection, this.names, this.settings.timeoutMs);
  }

  /** The streams may have gone with the server that kept them. */
  private lookAgain(failed: Promise<PostingsLog>): void {
    if (this.opening === failed) this.opening = undefined;
  }
}

function byStream(postings: readonly ErpPosting[]): ReadonlyMap<string, readonly ErpPosting[]> {
  const groups = new Map<string, ErpPosting[]>();
  for (const posting of postings) {
    const stream = valuationStream(posting);
    groups.set(stream, [...(groups.get(stream) ?? []), posting]);
  }
  return groups;
}
