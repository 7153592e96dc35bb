import { randomUUID } from 'node:crypto';
import { connect } from 'nats';
import { beforeAll, describe, expect, it } from 'vitest';
import { NatsEventBus } from '../../../src/adapters/event-bus/nats/nats-event-bus.js';
import type { CloudEvent } from '../../../src/ports/event-bus.js';
import { EventBusUnavailable } from '../../../src/ports/event-bus.js';
import { NatsListener } from '../../support/nats-listener.js';
import { startNats } from '../../support/nats-server.js';
import { realNats } from '../../support/servers.js';
import { changed, eventBusContract } from './contract.js';

let url: string;
beforeAll(async () => {
  url = await realNats();
});

/** Streams and subjects of its own on the shared server. */
const ownNames = () => ({ stream: `S-${randomUUID()}`, subjectPrefix: `s-${randomUUID()}` });

eventBusContract('nats', async () => {
  const names = ownNames();
  const bus = new NatsEventBus({ url, ...names });
  const listener = await NatsListener.on(url, `${names.subjectPrefix}.>`);
  return {
    bus,
    async received(count) {
      return (await listener.next(count)).map((message) => cloudEvent(message.json()));
    },
    async close() {
      await Promise.all([bus.close(), listener.close()]);
    },
  };
});

/** The attributes that the port speaks of; the rest is checked on the way. */
function cloudEvent(wire: unknown): CloudEvent {
  const { specversion, datacontenttype, ...event } = wire as CloudEvent & Record<string, unknown>;
  expect({ specversion, datacontenttype }).toEqual({ specversion: '1.0', datacontenttype: 'application/json' });
  return event;
}

describe('events on NATS', () => {
  it('stand under a subject by location and SKU, dots escaped, as structured CloudEvents', async () => {
    const names = ownNames();
    const bus = new NatsEventBus({ url, ...names });
    const listener = await NatsListener.on(url, `${names.subjectPrefix}.availability.*.*`);
    await bus.publish([changed('SKU.1', 1)]);

    const [message] = await listener.next(1);
    expect(message?.subject).toBe(`${names.subjectPrefix}.availability.store-1.SKU%2E1`);
    expect(message?.headers?.get('content-type')).toBe('application/cloudevents+json');
    await Promise.all([bus.close(), listener.close()]);
  });

  it('are kept once when published twice, and as the last of their SKU and location', async () => {
    const names = ownNames();
    const bus = new NatsEventBus({ url, ...names });
    const [first, second, other] = [changed('A', 1), changed('A', 2), changed('B', 3)];
    await bus.publish([first, second]);
    await bus.publish([first, second, other]);

    const connection = await connect({ servers: url });
    const manager = await connection.jetstreamManager();
    const { state } = await manager.streams.info(names.stream);
    expect(state).toMatchObject({ messages: 2, last_seq: 3 });
    const kept = await manager.streams.getMessage(names.stream, {
      last_by_subj: `${names.subjectPrefix}.availability.store-1.A`,
    });
    expect(cloudEvent(kept.json())).toEqual(second);
    await Promise.all([bus.close(), connection.close()]);
  });

  it('reach a stream that somebody made before: its limits stay, its subjects become those of the feed', async () => {
    const names = ownNames();
    const connection = await connect({ servers: url });
    const manager = await connection.jetstreamManager();
    await manager.streams.add({ name: names.stream, subjects: [`${names.subjectPrefix}.>`], max_msgs: 7 });

    const bus = new NatsEventBus({ url, ...names });
    await bus.publish([changed('A', 1)]);
    const { config, state } = await manager.streams.info(names.stream);
    expect([config.max_msgs, state.messages]).toEqual([7, 1]);
    expect(config.subjects).toEqual([`${names.subjectPrefix}.availability.>`]);
    await Promise.all([bus.close(), connection.close()]);
  });

  it('keep every exception for a month, not only the last of each kind', async () => {
    const names = ownNames();
    const bus = new NatsEventBus({ url, ...names });
    const oversold = (revision: number) => ({
      ...changed('A', revision),
      id: `A@store-1/${revision}/oversold`,
      subject: 'exceptions/oversold/store-1/A',
    });
    await bus.publish([oversold(1), oversold(4)]);
    await bus.publish([oversold(4), oversold(6)]);

    const connection = await connect({ servers: url });
    const { config, state } = await (await connection.jetstreamManager()).streams.info(`${names.stream}-EXCEPTIONS`);
    expect(state.messages).toBe(3);
    expect(config.max_age).toBe(30 * 24 * 3_600 * 1_000_000_000);
    await Promise.all([bus.close(), connection.close()]);
  });

  it('never go back on a subject, however many publishers there are and however late each of them is', async () => {
    const names = ownNames();
    const connection = await connect({ servers: url });
    const { streams } = await connection.jetstreamManager();
    // Somebody keeps all of it, so that the whole past can be looked at.
    await streams.add({ name: names.stream, subjects: [`${names.subjectPrefix}.availability.>`] });
    const skus = ['A', 'B', 'C', 'D'];
    const publishers = Array.from({ length: 3 }, () => new NatsEventBus({ url, ...names }));
    const histories = publishers.map(async (bus, index) => {
      for (let revision = 0; revision < 60; revision += 1 + ((index + revision) % 2)) {
        await bus.publish(skus.map((sku) => changed(sku, revision)));
      }
      await bus.publish(skus.map((sku) => changed(sku, 60)));
    });
    await Promise.all(histories);

    const { state } = await streams.info(names.stream);
    const kept = new Map<unknown, string[]>(skus.map((sku) => [sku, []]));
    for (let seq = 1; seq <= state.last_seq; seq += 1) {
      const { data, sequence } = cloudEvent((await streams.getMessage(names.stream, { seq })).json());
      kept.get(data.sku)?.push(sequence);
    }
    for (const sequences of kept.values()) {
      expect(sequences).toEqual([...new Set(sequences)].sort());
      expect(sequences.at(-1)).toBe('0000000060');
    }
    await Promise.all([...publishers.map((bus) => bus.close()), connection.close()]);
  });

  it('are refused while the server is away, and go on when it is back without its disk', async () => {
    const server = await startNats();
    const bus = new NatsEventBus({ url: server.url });
    await bus.publish([changed('A', 1)]);
    await server.kill();
    await expect(bus.publish([changed('A', 2)])).rejects.toThrow(EventBusUnavailable);

    const back = await startNats({ port: server.port });
    await expect
      .poll(() => bus.publish([changed('A', 2)]).then(() => 'published', String), { timeout: 20_000 })
      .toBe('published');
    await bus.close();
    await back.kill();
  });
});
