import {
  DELIVERY_PARTITIONS,
  deliveryStream,
  deliveryStreamsOf,
  partitionOf,
} from '../../domain/delivery/partitions.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import { parseInstant } from '../../domain/values/instant.js';
import { Clock } from '../../ports/clock.js';
import type { ErpConnector } from '../../ports/erp.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import { CheckpointedProjection } from '../checkpointed-projection.js';
import { ErpGate, type GateOptions } from './erp-gate.js';
import { Gathering, type GatheringOptions } from './gathering.js';
import { Partition } from './partition.js';
import type { ValuationItem } from './valuation-item.js';
import { itemOf } from './valuation-item.js';

export interface DeliveryOptions extends GateOptions {
  readonly clock?: Clock;
  /** When what is there would take the ERP longer, corrections are put off for what matters more; default 2,000. */
  readonly patienceMs?: number;
  /** Held until then, where the ERP gets sums; default: everything is sent at once. */
  readonly gather?: GatheringOptions;
}

/** So many events at once mean that there are more. */
const MANY_EVENTS = 200;

class SystemTime extends Clock {
  override now(): number {
    return Date.now();
  }
}

/** Delivers every posting to one ERP, once in effect. A second poster finds itself fenced off and tries again later. */
export class DeliveryProjection extends CheckpointedProjection {
  readonly mayLag = true;
  readonly streamPrefixes: readonly string[];
  readonly gate: ErpGate;
  private readonly patienceMs: number;
  private readonly partitions: readonly Partition[];
  private readonly clock: Clock;
  private readonly gathering: Gathering | undefined;

  constructor(
    store: EventStore,
    private readonly connector: ErpConnector,
    { clock = new SystemTime(), patienceMs = 2_000, gather, ...gate }: DeliveryOptions = {},
  ) {
    const { name } = connector;
    super(store, `delivery-${name}`);
    // People decide in the delivery streams.
    this.streamPrefixes = ['valuation-', deliveryStreamsOf(name)];
    this.patienceMs = patienceMs;
    this.clock = clock;
    this.gathering = gather === undefined ? undefined : new Gathering(DELIVERY_PARTITIONS, gather);
    this.gate = new ErpGate(connector, () => clock.now(), gate);
    this.partitions = Array.from(
      { length: DELIVERY_PARTITIONS },
      (_, partition) => new Partition(store, this.gate, deliveryStream(name, partition), clock),
    );
  }

  async beside(signal: AbortSignal): Promise<void> {
    this.gate.stopOn(signal);
  }

  override async start(): Promise<Position> {
    await this.connector.open();
    return super.start();
  }

  protected override async begin(place: Position): Promise<void> {
    this.gathering?.clear();
    await Promise.all(this.partitions.map((partition) => partition.load(place)));
  }

  /** What one partition could not deliver keeps none of the others from recording what they did. */
  protected override async take({ events, position, live }: SubscriptionBatch, place: Position): Promise<void> {
    const items = this.partitions.map((): ValuationItem[] => []);
    const newest = new Map<string, number>();
    for (const event of events) {
      const item = event.stream.startsWith('valuation-') ? itemOf(event, this.connector.name) : undefined;
      if (item !== undefined) items[partitionOf(stockKeyOf(event.stream).sku)]?.push(item);
      else newest.set(event.stream, event.revision);
    }
    if (this.gathering !== undefined) {
      const first = events.find(({ stream }) => stream.startsWith('valuation-'));
      const recordedAt = parseInstant(first?.metadata.recordedAt) ?? this.clock.now();
      this.gathering.add(items, recordedAt, { after: place, upTo: position });
      return this.gather(this.gathering, newest);
    }
    const isBehind = (!live || events.length >= MANY_EVENTS) && this.gate.estimateMs(events.length) > this.patienceMs;
    await this.inEach(async (partition, index) => {
      if ((newest.get(partition.stream) ?? -1) > partition.revision) await partition.readOn();
      await partition.deliver(items[index] ?? [], position, isBehind);
      await partition.resume(isBehind);
    });
  }

  /** Holds the news until it is time for it; what people decide goes on at once. */
  private async gather(gathering: Gathering, newest: ReadonlyMap<string, number>): Promise<void> {
    await this.inEach(async (partition) => {
      if ((newest.get(partition.stream) ?? -1) > partition.revision) await partition.readOn();
      await partition.resume(false);
    });
    await this.sendGathered(gathering);
  }

  private async sendGathered(gathering: Gathering): Promise<void> {
    if (!gathering.isDue(this.clock.now())) return;
    const { items, upTo } = gathering.take();
    await this.inEach((partition, index) => partition.deliver(items[index] ?? [], upTo, false));
  }

  protected override async doWhatIsDue(): Promise<void> {
    if (this.gathering !== undefined) await this.sendGathered(this.gathering);
    await this.inEach((partition) => partition.resume(false));
  }

  protected override unfinishedSince(): Position | undefined {
    return this.gathering?.after;
  }

  private async inEach(work: (partition: Partition, index: number) => Promise<void>): Promise<void> {
    const all = await Promise.allSettled(this.partitions.map(work));
    const failed = all.find((each) => each.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
  }
}
