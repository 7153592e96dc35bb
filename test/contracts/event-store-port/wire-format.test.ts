import { randomUUID } from 'node:crypto';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import status from '@eventstore/db-client/generated/status_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import any from 'google-protobuf/google/protobuf/any_pb.js';
import { describe, expect, it } from 'vitest';
import {
  anotherAttempt,
  decodeAppendReply,
  encodeAppend,
} from '../../../src/adapters/event-store/eventstoredb/append-codec.js';
import {
  decodeReadMessage,
  encodeAllRead,
  encodeStreamRead,
} from '../../../src/adapters/event-store/eventstoredb/read-codec.js';

/** The messages we write and read by hand, against the classes generated from the protocol's own definition. */
describe('What goes over the wire', () => {
  const id = '0f8fad5b-d9cb-469f-a165-70867728950e';
  const uuidText = (text: string) => new shared.UUID().setString(text);
  const identifier = (name: string) => new shared.StreamIdentifier().setStreamName(Buffer.from(name));

  describe('an append', () => {
    const sent = (stream: string, expected: Parameters<typeof encodeAppend>[1], text = 'x') => {
      const events = [
        { id, type: 'Empfangen', data: { text }, metadata: { actor: 'é' } },
        { id: randomUUID(), type: 'Sold', data: {}, metadata: {} },
      ];
      const append = encodeAppend(stream, expected, events);
      return { events, append, message: streams.BatchAppendReq.deserializeBinary(append.bytes) };
    };

    it('is the same in another attempt, under another correlation id', () => {
      const { append, message } = sent('stock-größe@a', 7);
      const again = anotherAttempt(append);
      const repeated = streams.BatchAppendReq.deserializeBinary(again.bytes);
      expect(again.correlationId).not.toBe(append.correlationId);
      expect(repeated.getCorrelationId()?.getString()).toBe(again.correlationId);
      expect({ ...repeated.toObject(), correlationId: undefined }).toEqual({
        ...message.toObject(),
        correlationId: undefined,
      });
    });

    it('is what the protocol says', () => {
      const { events, append, message } = sent('stock-größe@a', 7);
      expect(message.getCorrelationId()?.getString()).toBe(append.correlationId);
      expect(message.getIsFinal()).toBe(true);
      expect(Buffer.from(message.getOptions()?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe(
        'stock-größe@a',
      );
      const read = message.getProposedMessagesList().map((one) => ({
        id: one.getId()?.getString(),
        type: one.getMetadataMap().get('type'),
        content: one.getMetadataMap().get('content-type'),
        data: JSON.parse(Buffer.from(one.getData_asU8()).toString()),
        metadata: JSON.parse(Buffer.from(one.getCustomMetadata_asU8()).toString()),
      }));
      expect(read).toEqual(events.map((event) => ({ ...event, content: 'application/json' })));
    });

    it.each([
      ['no-stream', 'hasNoStream', undefined],
      ['any', 'hasAny', undefined],
      [0, 'hasStreamPosition', '0'],
      [127, 'hasStreamPosition', '127'],
      [128, 'hasStreamPosition', '128'],
      [2 ** 31, 'hasStreamPosition', '2147483648'],
      [Number.MAX_SAFE_INTEGER, 'hasStreamPosition', '9007199254740991'],
    ] as const)('expects %s', (expected, has, position) => {
      const options = sent('a', expected).message.getOptions();
      expect(options?.[has]()).toBe(true);
      if (position !== undefined) expect(options?.getStreamPosition()).toBe(position);
    });

    it.each([0, 100, 127, 128, 16_383, 16_384, 500_000])('has data of any length, such as %i', (length) => {
      const [first] = sent('a', 'any', 'x'.repeat(length)).message.getProposedMessagesList();
      expect(JSON.parse(Buffer.from(first?.getData_asU8() ?? []).toString()).text).toHaveLength(length);
    });
  });

  describe('the reply to an append', () => {
    const reply = (fill: (response: InstanceType<typeof streams.BatchAppendResp>) => void) => {
      const response = new streams.BatchAppendResp().setCorrelationId(uuidText(id));
      response.setStreamIdentifier(identifier('a'));
      fill(response);
      return decodeAppendReply(Buffer.from(response.serializeBinary()));
    };
    const success = () => new streams.BatchAppendResp.Success();
    const failure = (typeName: string, details: Uint8Array, message = '') => {
      const detail = new any.Any();
      detail.pack(details, typeName);
      return new status.Status().setMessage(message).setDetails(detail);
    };

    it.each([
      [300, '548'],
      [0, '9223372036854775807'],
    ])('is a success at revision %i and position %s', (revision, position) => {
      const at = new shared.AllStreamPosition().setCommitPosition(position).setPreparePosition(position);
      const { correlationId, reply: decoded } = reply((response) =>
        response.setSuccess(success().setCurrentRevision(String(revision)).setPosition(at)),
      );
      expect(correlationId).toBe(id);
      expect(decoded).toEqual({ kind: 'appended', revision, position: BigInt(position) });
    });

    it('may have no position', () => {
      const { reply: decoded } = reply((response) =>
        response.setSuccess(success().setCurrentRevision('3').setNoPosition(new shared.Empty())),
      );
      expect(decoded).toEqual({ kind: 'appended', revision: 3, position: undefined });
    });

    it.each([
      [new shared.WrongExpectedVersion().setCurrentStreamRevision('41'), 41],
      [new shared.WrongExpectedVersion().setCurrentStreamRevision('0'), 0],
    ])('is a conflict', (details, revision) => {
      const { reply: decoded } = reply((response) =>
        response.setError(failure('event_store.client.WrongExpectedVersion', details.serializeBinary())),
      );
      expect(decoded).toEqual({ kind: 'conflict', revision });
    });

    it.each([
      ['Timeout', 'unknown'],
      ['Unknown', 'unknown'],
      ['BadRequest', 'refused'],
      ['AccessDenied', 'refused', 7],
      ['StreamDeleted', 'refused'],
      ['MaximumAppendSizeExceeded', 'refused'],
    ])('%s leaves the outcome %s', (name, kind, code: number | undefined = undefined) => {
      const { reply: decoded } = reply((response) =>
        response.setError(failure(`event_store.client.${name}`, new Uint8Array(), 'why')),
      );
      expect(decoded).toEqual({ kind, cause: `${name} why`, code });
    });

    it('may give the id in two halves', () => {
      const halves = new shared.UUID.Structured();
      halves.setMostSignificantBits(BigInt.asIntN(64, 0x0f8fad5bd9cb469fn).toString());
      halves.setLeastSignificantBits(BigInt.asIntN(64, 0xa16570867728950en).toString());
      const response = new streams.BatchAppendResp().setCorrelationId(new shared.UUID().setStructured(halves));
      expect(decodeAppendReply(Buffer.from(response.serializeBinary())).correlationId).toBe(id);
    });
  });

  describe('a read', () => {
    const options = (bytes: Buffer) => streams.ReadReq.deserializeBinary(bytes).getOptions();

    it('of a stream is what the protocol says', () => {
      const forwards = options(encodeStreamRead({ stream: 'é', from: 300, backwards: false, maxCount: 7 }));
      expect(Buffer.from(forwards?.getStream()?.getStreamIdentifier()?.getStreamName_asU8() ?? []).toString()).toBe(
        'é',
      );
      expect(forwards?.getStream()?.getRevision()).toBe('300');
      expect(forwards?.getReadDirection()).toBe(0);
      expect(forwards?.getCount()).toBe('7');
      expect(forwards?.hasNoFilter()).toBe(true);
      expect(forwards?.getUuidOption()?.hasString()).toBe(true);
      const maxCount = Number.MAX_SAFE_INTEGER;
      const backwards = options(encodeStreamRead({ stream: 'a', from: 'end', backwards: true, maxCount }));
      expect(backwards?.getStream()?.hasEnd()).toBe(true);
      expect(backwards?.getReadDirection()).toBe(1);
      expect(backwards?.getCount()).toBe(String(maxCount));
    });

    it('of all streams is what the protocol says', () => {
      const position = 2n ** 63n - 1n;
      const some = options(encodeAllRead({ from: position, streamPrefixes: ['a-', 'é-'], limit: { maxCount: 1 } }));
      expect(some?.getAll()?.getPosition()?.getCommitPosition()).toBe(String(position));
      expect(some?.getAll()?.getPosition()?.getPreparePosition()).toBe(String(position));
      expect(some?.getFilter()?.getStreamIdentifier()?.getPrefixList()).toEqual(['a-', 'é-']);
      expect(some?.getFilter()?.getMax()).toBeGreaterThan(0);
      expect(some?.getFilter()?.getCheckpointintervalmultiplier()).toBe(1);
      const every = options(encodeAllRead({ from: 'start', streamPrefixes: [], limit: 'subscription' }));
      expect(every?.getAll()?.hasStart()).toBe(true);
      expect(every?.hasSubscription()).toBe(true);
      expect(every?.getFilter()?.getStreamIdentifier()?.getRegex()).toBe('^[^$]');
    });
  });

  describe('what a read answers', () => {
    const received = (fill: (response: InstanceType<typeof streams.ReadResp>) => void) => {
      const response = new streams.ReadResp();
      fill(response);
      return decodeReadMessage(Buffer.from(response.serializeBinary()));
    };
    const recorded = (content: string, data: Uint8Array, metadata: Uint8Array) => {
      const event = new streams.ReadResp.ReadEvent.RecordedEvent();
      event.setId(uuidText(id)).setStreamIdentifier(identifier('stock-é@a')).setStreamRevision('300');
      event.setPreparePosition('9007199254740993').setCommitPosition('9007199254740993');
      event.getMetadataMap().set('type', 'Sold').set('created', '17000000000000000').set('content-type', content);
      event.setData(data).setCustomMetadata(metadata);
      return new streams.ReadResp.ReadEvent().setEvent(event).setCommitPosition('9007199254740993');
    };

    it('is an event', () => {
      const json = Buffer.from('{"quantity":5,"note":"é"}');
      expect(received((response) => response.setEvent(recorded('application/json', json, json)))).toEqual({
        kind: 'event',
        event: {
          id,
          type: 'Sold',
          stream: 'stock-é@a',
          revision: 300,
          position: 9_007_199_254_740_993n,
          data: { quantity: 5, note: 'é' },
          metadata: { quantity: 5, note: 'é' },
        },
      });
    });

    it.each([
      ['application/octet-stream', Buffer.from([0, 255])],
      ['application/json', Buffer.from('[1]')],
      ['application/json', Buffer.from('{"broken')],
      ['application/json', Buffer.alloc(0)],
    ])('is an event of somebody else: %s', (content, data) => {
      expect(received((response) => response.setEvent(recorded(content, data, Buffer.alloc(0))))).toMatchObject({
        event: { data: { base64: data.toString('base64') }, metadata: {} },
      });
    });

    it('is a sign of progress', () => {
      const checkpoint = new streams.ReadResp.Checkpoint().setCommitPosition('77').setPreparePosition('77');
      expect(received((response) => response.setCheckpoint(checkpoint))).toEqual({ kind: 'checkpoint', position: 77n });
      expect(received((response) => response.setCaughtUp(new streams.ReadResp.CaughtUp()))).toEqual({
        kind: 'caught-up',
      });
    });

    it('is that there is no such stream', () => {
      const missing = new streams.ReadResp.StreamNotFound().setStreamIdentifier(identifier('a'));
      expect(received((response) => response.setStreamNotFound(missing))).toEqual({ kind: 'stream-not-found' });
    });

    it('may be something new', () => {
      const confirmation = new streams.ReadResp.SubscriptionConfirmation().setSubscriptionId(id);
      expect(received((response) => response.setConfirmation(confirmation))).toEqual({ kind: 'other' });
      expect(received((response) => response.setLastStreamPosition('5'))).toEqual({ kind: 'other' });
      expect(decodeReadMessage(Buffer.from([0xfa, 0x07, 0x01, 0x00]))).toEqual({ kind: 'other' });
    });
  });
});
