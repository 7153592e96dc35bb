import { once } from 'node:events';
import { connect, createServer } from 'node:net';

/** Stands between the import and the service and forwards bytes, to see when a request is under way. */
export class Forwarder {
  answers = 0;
  #awaiting = new Set();
  #server;

  /** `target` is the service's port on loopback. */
  static async to(target) {
    const forwarder = new Forwarder();
    forwarder.#server = createServer((client) => forwarder.#forward(client, target)).listen(0, '127.0.0.1');
    await once(forwarder.#server, 'listening');
    return forwarder;
  }

  get url() {
    return `http://127.0.0.1:${this.#server.address().port}`;
  }

  /** Connections with a request that has no answer yet. */
  get inFlight() {
    return this.#awaiting.size;
  }

  close() {
    this.#server.close();
  }

  #forward(client, target) {
    const service = connect(target, '127.0.0.1');
    client.on('data', () => this.#awaiting.add(client));
    service.on('data', () => {
      if (this.#awaiting.delete(client)) this.answers++;
    });
    for (const [from, to] of [
      [client, service],
      [service, client],
    ]) {
      from.pipe(to);
      from.on('error', () => to.destroy());
      from.on('close', () => {
        this.#awaiting.delete(client);
        to.destroy();
      });
    }
  }
}
