import { DELIVERY_PARTITIONS, deliveryStream, partitionOf } from '../../domain/delivery/events.js';
import { stockKeyOf } from '../../domain/values/identifiers.js';
import type { ErpConnector } from '../../ports/erp.js';
import type { EventStore, Position, SubscriptionBatch } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import { CheckpointStream } from '../checkpoint-stream.js';
import type { Projection } from '../run.js';
import { Partition } from './partition.js';
import type { ValuationItem } from './valuation-item.js';
import { itemOf } from './valuation-item.js';

/** Delivers every posting to one ERP, once in effect. A second poster finds itself fenced off and tries again later. */
export class DeliveryProjection implements Projection {
  readonly name: string;
  readonly mayLag = true;
  readonly streamPrefixes = ['valuation-'];
  private readonly checkpoint: CheckpointStream;
  private readonly partitions: readonly Partition[];
  private dealtWith: Position = START;

  constructor(
    store: EventStore,
    private readonly connector: ErpConnector,
  ) {
    this.name = `delivery-${connector.name}`;
    this.checkpoint = new CheckpointStream(store, this.name);
    this.partitions = Array.from(
      { length: DELIVERY_PARTITIONS },
      (_, partition) => new Partition(store, connector, deliveryStream(connector.name, partition)),
    );
  }

  async start(): Promise<Position> {
    await this.connector.open();
    await Promise.all(this.partitions.map((partition) => partition.load()));
    this.dealtWith = await this.checkpoint.load();
    return this.dealtWith;
  }

  /** What one partition could not deliver keeps none of the others from recording what they did. */
  async handle({ events }: SubscriptionBatch): Promise<void> {
    const items = this.partitions.map((): ValuationItem[] => []);
    for (const event of events) {
      const item = itemOf(event);
      if (item !== undefined) items[partitionOf(stockKeyOf(event.stream).sku)]?.push(item);
    }
    const deliveries = this.partitions.map((partition, index) => partition.deliver(items[index] ?? []));
    const failed = (await Promise.allSettled(deliveries)).find((delivery) => delivery.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    this.dealtWith = events.at(-1)?.position ?? this.dealtWith;
    this.checkpoint.note(this.dealtWith);
  }

  async idle(): Promise<void> {
    this.checkpoint.note(this.dealtWith);
  }
}
