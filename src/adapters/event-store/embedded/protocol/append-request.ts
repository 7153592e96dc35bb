import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { MessageReader } from '../../protobuf/reader.js';
import { type Expected, NO_STREAM } from '../storage/commit-check.js';
import type { ProposedEvent } from '../storage/transaction.js';
import { type EventProperties, proposeEvent } from './batch-append-request.js';
import { badRequest, invalidArgument, missingProperty } from './call-errors.js';
import { readEventId } from './event-id.js';
import { expectedRevision } from './expected.js';
import { streamNameOf } from './read-request.js';

/** The options of Append, Delete and Tombstone have one shape. */
type WriteOptions = streamsPb.AppendReq.Options | streamsPb.DeleteReq.Options | streamsPb.TombstoneReq.Options;

export interface WriteTarget {
  readonly stream: string;
  readonly expected: Expected;
}

/** @throws CallError */
export function parseWriteOptions(options: WriteOptions | undefined): WriteTarget {
  const stream = streamNameOf(options?.getStreamIdentifier()?.getStreamName_asU8());
  if (options === undefined || !isWritable(stream)) throw badRequest('A stream needs a name');
  const expected = parseExpected(options);
  if (expected === undefined) throw invalidArgument('The expected revision is missing or beyond 2^63');
  return { stream, expected };
}

/** `$$` would be the metadata of a stream without a name. */
export function isWritable(stream: string): boolean {
  return stream !== '' && stream !== '$$';
}

function parseExpected(options: WriteOptions): Expected | undefined {
  if (options.hasAny()) return 'any';
  if (options.hasStreamExists()) return 'stream_exists';
  if (options.hasNoStream()) return NO_STREAM;
  return options.hasRevision() ? expectedRevision(options.getRevision()) : undefined;
}

/** @throws CallError */
export function parseProposed(message: streamsPb.AppendReq.ProposedMessage): ProposedEvent {
  const map = message.getMetadataMap();
  const properties: EventProperties = { type: map.get('type'), contentType: map.get('content-type') };
  if (properties.type === undefined) throw missingProperty('type');
  if (properties.contentType === undefined) throw missingProperty('content-type');
  const id = message.getId();
  const hex = id && readEventId(new MessageReader(Buffer.from(id.serializeBinary())));
  const metadata = Buffer.from(message.getCustomMetadata_asU8());
  const { event, problem } = proposeEvent(hex, properties, metadata, Buffer.from(message.getData_asU8()));
  if (event === undefined) throw badRequest(problem ?? 'An event is not valid');
  return event;
}

export function appendSuccess(revision: number, position: number | undefined): streamsPb.AppendResp {
  const success = new streamsPb.AppendResp.Success();
  if (revision === NO_STREAM) success.setNoStream(new sharedPb.Empty());
  else success.setCurrentRevision(String(revision));
  if (position === undefined) success.setNoPosition(new sharedPb.Empty());
  else {
    const place = new streamsPb.AppendResp.Position();
    place.setCommitPosition(String(position));
    place.setPreparePosition(String(position));
    success.setPosition(place);
  }
  return new streamsPb.AppendResp().setSuccess(success);
}

export function appendConflict(expected: Expected, lastRevision: number): streamsPb.AppendResp {
  const conflict = new streamsPb.AppendResp.WrongExpectedVersion();
  if (lastRevision === NO_STREAM) conflict.setCurrentNoStream(new sharedPb.Empty());
  else conflict.setCurrentRevision(String(lastRevision));
  if (expected === 'any') conflict.setExpectedAny(new sharedPb.Empty());
  else if (expected === 'stream_exists') conflict.setExpectedStreamExists(new sharedPb.Empty());
  else if (expected === NO_STREAM) conflict.setExpectedNoStream(new sharedPb.Empty());
  else conflict.setExpectedRevision(String(expected));
  return new streamsPb.AppendResp().setWrongExpectedVersion(conflict);
}
