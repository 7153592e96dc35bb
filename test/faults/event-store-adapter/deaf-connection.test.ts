import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EventStoreDbEventStore } from '../../../src/adapters/event-store/eventstoredb/eventstoredb-event-store.js';
import { EventStoreUnavailable, type NewEvent, START } from '../../../src/ports/event-store.js';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';

const event = (): NewEvent => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

/** A network between us and the node whose connections can go deaf, as behind a firewall that forgot them. */
class Network {
  private readonly sockets: Socket[] = [];
  private readonly server: Server;

  constructor(private readonly nodePort: number) {
    this.server = createServer((near) => {
      const far = connect(this.nodePort, '127.0.0.1');
      near.pipe(far).pipe(near);
      for (const socket of [near, far]) socket.on('error', () => undefined);
      this.sockets.push(near, far);
    });
  }

  async open(): Promise<string> {
    this.server.listen(0, '127.0.0.1');
    await once(this.server, 'listening');
    const { port } = this.server.address() as AddressInfo;
    return `esdb://127.0.0.1:${port}?tls=false`;
  }

  /** What is open now carries nothing any more; what opens later does. */
  deafen(): void {
    for (const socket of this.sockets) socket.unpipe().pause();
  }

  close(): void {
    for (const socket of this.sockets) socket.destroy();
    this.server.close();
  }
}

describe('A connection that goes deaf while it stays open', () => {
  let node: EventNodeForTest;
  let network: Network;
  let store: EventStoreDbEventStore;

  beforeEach(async () => {
    node = await startEventNode();
    network = new Network(Number(new URL(node.url).port));
    const url = await network.open();
    store = new EventStoreDbEventStore({
      url,
      attemptTimeoutMs: 300,
      appendTimeoutMs: 10_000,
      readIdleTimeoutMs: 300,
      readResumeForMs: 10_000,
      stallTimeoutMs: 300,
    });
    await store.append('deaf', 'no-stream', [event()]);
  });
  afterEach(async () => {
    await store.close();
    network.close();
    await node.stop();
  });

  it('is given up for a new one: appends go through, once', async () => {
    network.deafen();
    expect(await store.append('deaf', 0, [event()])).toMatchObject({ status: 'appended', revision: 1 });
  });

  it('is given up for a new one: reads go through', async () => {
    network.deafen();
    const found: number[] = [];
    for await (const { revision } of store.readStream('deaf')) found.push(revision);
    expect(found).toEqual([0]);
  });

  it('ends the subscription on it as soon as there is something it should have brought', async () => {
    const { signal } = new AbortController();
    const follow = async () => {
      for await (const batch of store.subscribe({ after: START, streamPrefixes: ['deaf'], signal })) {
        if (!batch.live) continue;
        network.deafen();
        await store.append('deaf', 0, [event()]);
      }
    };
    await expect(follow()).rejects.toThrow(EventStoreUnavailable);
  });
});
