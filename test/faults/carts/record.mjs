import { EventStoreDBClient, START } from '@eventstore/db-client';

/** Everything in the event store, read from the store itself by a client that knows nothing of the service. */
export class Record {
  /** Events by stream, oldest first: `{revision, type, id, data, metadata, commit}`. */
  streams = new Map();
  #client;
  #position = START;
  #commit = -1n;

  /** @param url connection string of the store */
  constructor(url) {
    this.#client = EventStoreDBClient.connectionString(url);
  }

  /** Takes in what has been written since. Gives the number of those events. */
  async readOn() {
    let read = 0;
    for await (const { event } of this.#client.readAll({ fromPosition: this.#position })) {
      if (event === undefined || event.position.commit <= this.#commit) continue;
      this.#position = event.position;
      this.#commit = event.position.commit;
      if (!/^(stock|reservation)-/.test(event.streamId)) continue;
      const { type, id, data, metadata } = event;
      const entry = { revision: Number(event.revision), type, id, data, metadata, commit: this.#commit };
      const stream = this.streams.get(event.streamId);
      if (stream === undefined) this.streams.set(event.streamId, [entry]);
      else stream.push(entry);
      read += 1;
    }
    return read;
  }

  /** Events of a stock stream; none when there is no such stream. */
  stock(sku, location) {
    return this.streams.get(`stock-${sku}@${location}`) ?? [];
  }

  /** Events of a cart's stream. */
  cart(reference) {
    return this.streams.get(`reservation-${reference}`) ?? [];
  }

  close() {
    return this.#client.dispose();
  }
}
