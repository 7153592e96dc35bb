import { randomUUID } from 'node:crypto';
import { Duplex } from 'node:stream';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import { describe, expect, it } from 'vitest';
import { Appender } from '../../../src/adapters/event-store/eventstoredb/appender.js';
import { MemoryEventStore } from '../../../src/adapters/event-store/memory/memory-event-store.js';
import { EventStoreRefused, EventStoreUnavailable, type NewEvent } from '../../../src/ports/event-store.js';

type Request = InstanceType<typeof streams.BatchAppendReq>;
type Response = InstanceType<typeof streams.BatchAppendResp>;
type Answer = (request: Request) => Response | 'nothing' | 'end' | Error;

const event = (): NewEvent => ({ id: randomUUID(), type: 'Happened', data: {}, metadata: {} });

/** A server's side of the call that does what the real one does at the worst moment. */
class ScriptedCall extends Duplex {
  constructor(private readonly answer: Answer) {
    super({ objectMode: true });
  }

  cancel(): void {
    this.destroy(Object.assign(new Error('Cancelled on client'), { code: 1 }));
  }

  getPeer(): string {
    return 'script';
  }

  override _read(): void {}

  override _write(bytes: Buffer, _encoding: string, done: () => void): void {
    const answer = this.answer(streams.BatchAppendReq.deserializeBinary(bytes));
    if (answer === 'end') this.push(null);
    else if (answer instanceof Error) this.destroy(answer);
    else if (answer !== 'nothing') this.push(Buffer.from(answer.serializeBinary()));
    done();
  }
}

const TIMES = { attemptTimeoutMs: 50, firstReplyTimeoutMs: 50, totalTimeoutMs: 20_000 };

function appending(answers: readonly Answer[], store = new MemoryEventStore(), times = TIMES) {
  const requests: Request[] = [];
  let calls = 0;
  let renewals = 0;
  let call: ScriptedCall | undefined;
  const closing = new AbortController();
  /** The service stops, and its calls end. */
  const breakOff = () => {
    closing.abort();
    call?.cancel();
  };
  const answer: Answer = (request) => {
    requests.push(request);
    return answers[requests.length - 1]?.(request) ?? 'nothing';
  };
  const connection = {
    batchAppend: async () => {
      calls += 1;
      call = new ScriptedCall(answer);
      return call as unknown as ClientDuplexStream<Buffer, Buffer>;
    },
    renew: () => {
      renewals += 1;
    },
  };
  const appender = new Appender(connection, store, times, closing.signal);
  return { appender, requests, counts: () => ({ calls, renewals }), breakOff };
}

const reply = (request: Request) => {
  const identifier = request.getOptions()?.getStreamIdentifier() ?? new shared.StreamIdentifier();
  return new streams.BatchAppendResp().setCorrelationId(request.getCorrelationId()).setStreamIdentifier(identifier);
};
const nothing: Answer = () => 'nothing';
const success: Answer = (request) => {
  const position = new shared.AllStreamPosition().setCommitPosition('9').setPreparePosition('9');
  return reply(request).setSuccess(new streams.BatchAppendResp.Success().setCurrentRevision('0').setPosition(position));
};
const failure =
  (name: string, details: Uint8Array = new Uint8Array()): Answer =>
  (request) => {
    const detail = new any.Any();
    detail.pack(details, `event_store.client.${name}`);
    return reply(request).setError(new status.Status().setDetails(detail));
  };
const conflictAt = (revision: number): Answer =>
  failure(
    'WrongExpectedVersion',
    new shared.WrongExpectedVersion().setCurrentStreamRevision(String(revision)).serializeBinary(),
  );
const grpcError = (code: number) => Object.assign(new Error(`${code}`), { code });

describe('An append whose reply is lost', () => {
  it.each([
    ['there is none', nothing],
    ['the call ends', () => 'end'],
    ['the connection breaks', () => grpcError(14)],
    ['the stream is reset', () => grpcError(13)],
    ['the store gives up on it', failure('Timeout')],
    ['there is no leader', failure('Empty')],
  ] satisfies [string, Answer][])('is sent again, the very same, when %s', async (_, lost) => {
    const written = [event(), event()];
    const { appender, requests } = appending([lost, lost, success]);
    expect(await appender.append('a', 'no-stream', written)).toEqual({ status: 'appended', revision: 0, position: 9n });
    for (const request of requests) {
      expect(request.getOptions()?.hasNoStream()).toBe(true);
      expect(request.getProposedMessagesList().map((one) => one.getId()?.getString())).toEqual(
        written.map(({ id }) => id),
      );
    }
    expect(requests).toHaveLength(3);
  });

  it('goes over a new connection when the old one swallows it', async () => {
    const { appender, counts } = appending([nothing, success]);
    await appender.append('a', 'any', [event()]);
    expect(counts()).toEqual({ calls: 2, renewals: 1 });
  });

  it('is waited for less long on a call that has never had one', async () => {
    const times = { attemptTimeoutMs: 60_000, firstReplyTimeoutMs: 20, totalTimeoutMs: 120_000 };
    const { appender, counts, breakOff } = appending([nothing, nothing, success], undefined, times);
    await appender.append('a', 'any', [event()]);
    expect(counts()).toEqual({ calls: 3, renewals: 2 });
    // This one is swallowed too, but by a call that has answered before: it has its whole time.
    const swallowed = appender.append('a', 'any', [event()]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(counts()).toEqual({ calls: 3, renewals: 2 });
    breakOff();
    await expect(swallowed).rejects.toThrow(EventStoreUnavailable);
  }, 30_000);

  it('is found by its ids when the retry conflicts with itself', async () => {
    const store = new MemoryEventStore();
    const written = [event(), event()];
    const { appender } = appending([nothing, conflictAt(4)], store);
    await store.append('a', 'no-stream', [event()]);
    const original = await store.append('a', 0, written);
    await store.append('a', 2, [event(), event()]);
    expect(await appender.append('a', 0, written)).toEqual(original);
  });

  it('is a conflict when others are in its place', async () => {
    const store = new MemoryEventStore();
    const { appender } = appending([nothing, conflictAt(1)], store);
    await store.append('a', 'no-stream', [event(), event()]);
    expect(await appender.append('a', 0, [event()])).toEqual({ status: 'conflict', revision: 1 });
  });

  it('at any revision is looked for before it is sent again', async () => {
    const store = new MemoryEventStore();
    const written = [event(), event()];
    const { appender, requests } = appending([nothing], store);
    await store.append('a', 'no-stream', [event()]);
    const original = await store.append('a', 'any', written);
    await store.append('a', 'any', [event()]);
    expect(await appender.append('a', 'any', written)).toEqual(original);
    expect(requests).toHaveLength(1);
  });

  it('for ever is unknown after a bounded time', async () => {
    const { appender, requests } = appending([], undefined, { ...TIMES, totalTimeoutMs: 400 });
    await expect(appender.append('a', 'no-stream', [event()])).rejects.toThrow(EventStoreUnavailable);
    expect(requests.length).toBeGreaterThan(1);
  });

  it('does not harm the others on the call', async () => {
    const { appender } = appending([nothing, success, success, success]);
    const outcomes = await Promise.all([1, 2, 3].map((number) => appender.append(`${number}`, 'any', [event()])));
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['appended', 'appended', 'appended']);
  });
});

describe('An append that the store refuses', () => {
  it('as a bad request is a bug, and not sent again', async () => {
    const { appender, requests } = appending([failure('BadRequest')]);
    const refused = appender.append('a', 'any', [event()]);
    await expect(refused).rejects.toThrow('BadRequest');
    await expect(refused).rejects.not.toBeInstanceOf(EventStoreUnavailable);
    expect(requests).toHaveLength(1);
  });

  it.each([
    ['AccessDenied', failure('AccessDenied'), '$admins'],
    ['16', () => grpcError(16), 'user:password'],
  ] satisfies [string, Answer, string][])(
    'with %s says what a person has to mend, and is not sent again',
    async (cause, refusal, remedy) => {
      const { appender, requests } = appending([refusal]);
      const refused = appender.append('a', 'any', [event()]);
      await expect(refused).rejects.toBeInstanceOf(EventStoreRefused);
      await expect(refused).rejects.toThrow(cause);
      await expect(refused).rejects.toThrow(remedy);
      expect(requests).toHaveLength(1);
    },
  );
});
