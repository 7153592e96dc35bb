import { randomUUID } from 'node:crypto';
import { connect, createInbox, headers, type JetStreamManager, type NatsConnection } from 'nats';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { NatsMovementSource } from '../../../src/adapters/movement-source/nats/nats-movement-source.js';
import type { MovementHandler, MovementVerdict } from '../../../src/ports/movement-source.js';
import { LogLines } from '../../projections/following.js';
import { FixedClock } from '../../support/fixed-clock.js';
import { startNats } from '../../support/nats-server.js';
import { realNats } from '../../support/servers.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const SETTLED: MovementVerdict = { status: 'settled', answer: { results: [] }, refused: [] };
const PATIENCE = { timeout: 20_000, interval: 10 };

let url: string;
let names: { stream: string; subjectPrefix: string };
let connection: NatsConnection;
let manager: JetStreamManager;
const sources: NatsMovementSource[] = [];

beforeEach(async () => {
  url = await realNats();
  names = { stream: `M-${randomUUID()}`, subjectPrefix: `m-${randomUUID()}` };
  connection = await connect({ servers: url });
  manager = await connection.jetstreamManager();
});
afterEach(async () => {
  await Promise.all(sources.splice(0).map((source) => source.close()));
  await connection.close();
});

/** An instance of the service that deals with messages in this way. */
function instance(handler: MovementHandler, at = url): NatsMovementSource {
  const source = new NatsMovementSource({ url: at, ...names, firstRetryMs: 5 }, new FixedClock(NOON), new LogLines());
  sources.push(source);
  source.start(handler);
  return source;
}

const streamIsThere = () =>
  expect
    .poll(
      () =>
        manager.streams.info(names.stream).then(
          () => true,
          () => false,
        ),
      PATIENCE,
    )
    .toBe(true);
const send = (location: string, body: string, more = {}) =>
  connection.jetstream().publish(`${names.subjectPrefix}.movements.${location}`, body, more);
const waiting = async () => (await manager.streams.info(names.stream)).state.messages;
const text = (payload: Uint8Array) => new TextDecoder().decode(payload);

describe('movements over NATS', () => {
  it('are handed over in the order of their location, by several instances, each once', async () => {
    const taken: string[] = [];
    let atOnce = 0;
    const handler: MovementHandler = async ({ location, payload }) => {
      atOnce += 1;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 5));
      taken.push(`${location} ${text(payload)}`);
      atOnce -= 1;
      expect(atOnce).toBeLessThanOrEqual(2);
      return SETTLED;
    };
    instance(handler);
    instance(handler);
    await streamIsThere();
    for (let index = 0; index < 30; index += 1) for (const location of ['A', 'B']) await send(location, `${index}`);

    await expect.poll(waiting, PATIENCE).toBe(0);
    for (const location of ['A', 'B']) {
      const ofLocation = taken.filter((message) => message.startsWith(location));
      expect(ofLocation).toEqual(Array.from({ length: 30 }, (_, index) => `${location} ${index}`));
    }
  });

  it('wait while nothing can be recorded, and nothing overtakes what waits', async () => {
    const taken: string[] = [];
    let refusals = 3;
    instance(async ({ location, payload }) => {
      if (location === 'A' && refusals > 0) {
        refusals -= 1;
        return { status: 'later', reason: 'the event store is away' };
      }
      taken.push(text(payload));
      return SETTLED;
    });
    await streamIsThere();
    for (const body of ['1', '2', '3']) await send('A', body);
    await expect.poll(() => taken, PATIENCE).toEqual(['1', '2', '3']);
    expect(refusals).toBe(0);
  });

  it('go aside with the problem, the payload and the time when they are refused', async () => {
    const problem = { status: 400, code: 'invalid-json', detail: 'not JSON' };
    instance(async ({ payload }) => ({
      status: 'settled',
      answer: problem,
      refused: [{ problem, payload: text(payload) }],
    }));
    await streamIsThere();
    await send('A', '{nonsense');
    await expect.poll(waiting, PATIENCE).toBe(0);

    const kept = await manager.streams.getMessage(`${names.stream}-REJECTED`, { seq: 1 });
    expect(kept.subject).toBe(`${names.subjectPrefix}.movements-rejected.A`);
    expect(kept.json()).toMatchObject({
      specversion: '1.0',
      type: 'stockfold.movement-rejected.v1',
      time: '2026-11-20T12:00:00.000Z',
      data: { location: 'A', problem, payload: '{nonsense' },
    });
  });

  it('are given up on when dealing with them fails again and again, so that the location goes on', async () => {
    let attempts = 0;
    instance(async ({ payload }) => {
      if (text(payload) === 'sound') return SETTLED;
      attempts += 1;
      throw new Error('a bug');
    });
    await streamIsThere();
    await send('A', 'poison');
    await send('A', 'sound');
    await expect.poll(waiting, PATIENCE).toBe(0);
    expect(attempts).toBe(8);
    const kept = await manager.streams.getMessage(`${names.stream}-REJECTED`, { seq: 1 });
    expect(kept.json()).toMatchObject({ data: { problem: { code: 'internal' }, payload: 'poison' } });
  });

  it('answer to the inbox that the sender names, and to nothing but inboxes', async () => {
    instance(async () => ({ status: 'settled', answer: { results: [{ id: 'm-1' }] }, refused: [] }));
    await streamIsThere();
    const elsewhere = connection.subscribe('elsewhere');
    const inbox = createInbox();
    const answers = connection.subscribe(inbox, { max: 1 });
    for (const to of ['elsewhere', inbox]) {
      const named = headers();
      named.set('Stockfold-Reply-To', to);
      await send('A', '{}', { headers: named });
    }
    for await (const answer of answers) expect(answer.json()).toEqual({ results: [{ id: 'm-1' }] });
    expect(elsewhere.getReceived()).toBe(0);
  });

  it('may have any subject below the prefix; its location is then whatever stands there', async () => {
    const locations: string[] = [];
    instance(async ({ location }) => {
      locations.push(location);
      return SETTLED;
    });
    await streamIsThere();
    await send('A.b.c', '1');
    await send('A', '1');
    await expect.poll(() => locations.sort(), PATIENCE).toEqual(['A', 'A.b.c']);
  });
});

it('a source whose server is away at first, and killed later, goes on by itself', async () => {
  const first = await startNats();
  await first.kill();
  const taken: string[] = [];
  names = { stream: 'M', subjectPrefix: 'm' };
  instance(async ({ payload }) => {
    taken.push(text(payload));
    return SETTLED;
  }, first.url);

  for (const body of ['one', 'two']) {
    const server = await startNats({ port: first.port });
    const sender = await connect({ servers: server.url });
    const publish = () => sender.jetstream().publish('m.movements.A', body);
    await expect
      .poll(
        () =>
          publish().then(
            () => true,
            () => false,
          ),
        PATIENCE,
      )
      .toBe(true);
    await expect.poll(() => taken, PATIENCE).toContain(body);
    await sender.close();
    await server.kill();
  }
}, 60_000);
