import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type EventNodeForTest, startEventNode } from '../../support/event-node.js';
import { ServiceProcess } from '../../support/service.js';

describe('Readiness', () => {
  let node: EventNodeForTest;
  let service: ServiceProcess;

  beforeAll(async () => {
    node = await startEventNode();
    service = await ServiceProcess.start({ EVENTSTORE_URL: node.url });
  });
  afterAll(async () => {
    node.resume();
    await service.remove();
    await node.stop();
  });

  const becomes = async (wanted: number) => {
    for (let ready = await service.get('/health/ready'); ; ready = await service.get('/health/ready')) {
      if (ready.status === wanted) return ready.body;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  };

  it('is taken back while the event store hangs, and given again once it answers', async () => {
    node.pause();
    expect(await becomes(503)).toMatchObject({ status: 'not-ready', eventStore: 'down' });
    node.resume();
    expect(await becomes(200)).toEqual({ status: 'ready' });
  });

  it('is taken back while the event store is away, and given again once it is back', async () => {
    await node.kill9();
    expect(await becomes(503)).toMatchObject({ status: 'not-ready', eventStore: 'down' });
    await node.restart();
    expect(await becomes(200)).toEqual({ status: 'ready' });
  });
});
