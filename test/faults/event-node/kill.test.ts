import { EventStoreDBClient } from '@eventstore/db-client';
import { afterAll, expect, test, vi } from 'vitest';
import { all, events, NodeProcess, newStream } from '../../contracts/event-store/support.js';

/** How often the node is killed; a night run sets more. */
const ROUNDS = Number(process.env.EVENT_NODE_KILLS ?? 5);
const WRITERS = 24;

interface Append {
  readonly stream: string;
  readonly ids: readonly string[];
  readonly events: ReturnType<typeof events>;
  readonly expected: bigint | 'no_stream';
  acknowledged: boolean;
}

let node = await NodeProcess.start();
const client = EventStoreDBClient.connectionString(node.url);
afterAll(async () => {
  await client.dispose();
  await node.remove();
});

/** Appends to a stream of its own, one after the other, until one is not answered. */
async function write(stream: string, ledger: Append[]): Promise<void> {
  for (let last = -1n, count = 0; ; count++) {
    const expected = last === -1n ? 'no_stream' : last;
    const batch = events((count % 3) + 1);
    const append: Append = { stream, ids: batch.map(({ id }) => id), events: batch, expected, acknowledged: false };
    ledger.push(append);
    try {
      last = (await client.appendToStream(stream, batch, { expectedRevision: expected })).nextExpectedRevision;
      append.acknowledged = true;
    } catch {
      return;
    }
  }
}

async function stored(): Promise<Map<string, string[]>> {
  const ids = new Map<string, string[]>();
  for (const { event } of await all(client.readAll())) {
    if (event === undefined) continue;
    const stream = ids.get(event.streamId) ?? [];
    expect(event.revision).toBe(BigInt(stream.length));
    ids.set(event.streamId, [...stream, event.id]);
  }
  return ids;
}

function idsOf(ledger: readonly Append[], stream: string): string[] {
  return ledger.filter((append) => append.stream === stream).flatMap(({ ids }) => ids);
}

test(`killed ${ROUNDS} times under load, the node keeps what it acknowledged, whole and once`, async () => {
  const ledger: Append[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const streams = Array.from({ length: WRITERS }, () => newStream());
    const written: Append[] = [];
    const writers = streams.map((stream) => write(stream, written));
    await vi.waitFor(() => expect(written.length).toBeGreaterThan(200 * (1 + (round % 3))), { timeout: 20_000 });
    await node.kill9();
    await Promise.all(writers);
    node = await node.restart();

    const found = await vi.waitFor(stored, { timeout: 20_000 });
    for (const stream of streams) {
      const acknowledged = written.filter((append) => append.stream === stream && append.acknowledged);
      const unanswered = written.filter((append) => append.stream === stream && !append.acknowledged);
      const certain = idsOf(acknowledged, stream);
      const possible = [certain, [...certain, ...idsOf(unanswered, stream)]];
      expect(possible).toContainEqual(found.get(stream) ?? []);
    }

    for (const { stream, events, expected } of written.filter(({ acknowledged }) => !acknowledged)) {
      await client.appendToStream(stream, events, { expectedRevision: expected });
    }
    ledger.push(...written);
  }

  const found = await stored();
  expect(ledger.filter(({ acknowledged }) => acknowledged).length).toBeGreaterThan(100 * ROUNDS);
  for (const [stream, ids] of found) expect(ids).toEqual(idsOf(ledger, stream));
}, 120_000);
