import streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerReadableStream, ServerUnaryCall, sendUnaryData } from '@grpc/grpc-js';
import {
  appendConflict,
  appendSuccess,
  parseProposed,
  parseWriteOptions,
  type WriteTarget,
} from '../protocol/append-request.js';
import {
  accessDenied,
  appendTooLarge,
  badRequest,
  CallError,
  damaged,
  deadlineExceeded,
  streamDeleted,
  writeFailed,
  wrongExpectedVersion,
} from '../protocol/call-errors.js';
import { MAX_APPEND_BYTES } from '../protocol/limits.js';
import { saysDamaged } from '../storage/schema.js';
import type { ProposedEvent, Write } from '../storage/transaction.js';
import type { WriteOutcome } from '../storage/writer.js';
import type { NodeContext } from './node-context.js';

type AppendCall = ServerReadableStream<streamsPb.AppendReq, streamsPb.AppendResp>;

/** Append: the options first, then a message an event; answered when the client has sent all. */
export function serveAppend(call: AppendCall, answer: sendUnaryData<streamsPb.AppendResp>, context: NodeContext): void {
  const events: ProposedEvent[] = [];
  let target: WriteTarget | undefined;
  let bytes = 0;
  let refused = false;
  const refuse = (error: unknown) => {
    if (refused) return;
    refused = true;
    answer(asCallError(error));
  };
  const receive = (message: streamsPb.AppendReq) => {
    const proposed = message.getProposedMessage();
    if (target === undefined) {
      target = parseWriteOptions(message.getOptions());
      if (!context.caller.may('append', target.stream)) throw accessDenied();
    } else if (proposed === undefined) throw badRequest('The options come once, before the events');
    else {
      bytes += proposed.getData_asU8().length;
      if (bytes > MAX_APPEND_BYTES) throw appendTooLarge();
      events.push(parseProposed(proposed));
    }
  };
  call.on('data', (message: streamsPb.AppendReq) => {
    if (refused) return;
    try {
      receive(message);
    } catch (error) {
      refuse(error);
    }
  });
  call.on('end', () => {
    if (refused) return;
    if (target === undefined) return refuse(badRequest('An append has no options'));
    const { stream, expected } = target;
    context.log.writer.submit({ kind: 'append', stream, expected, events }, bytes, (outcome) => {
      if (outcome.status === 'written') answer(null, appendSuccess(outcome.revision, outcome.position));
      else if (outcome.status === 'wrong-expected-version')
        answer(null, appendConflict(expected, outcome.lastRevision));
      else answer(refusalOf(outcome, target as WriteTarget));
    });
  });
}

export function serveDelete(
  call: ServerUnaryCall<streamsPb.DeleteReq, streamsPb.DeleteResp>,
  answer: sendUnaryData<streamsPb.DeleteResp>,
  context: NodeContext,
): void {
  remove('delete', call.request.getOptions(), context, answer, (position) => {
    const place = new streamsPb.DeleteResp.Position().setCommitPosition(position).setPreparePosition(position);
    return new streamsPb.DeleteResp().setPosition(place);
  });
}

export function serveTombstone(
  call: ServerUnaryCall<streamsPb.TombstoneReq, streamsPb.TombstoneResp>,
  answer: sendUnaryData<streamsPb.TombstoneResp>,
  context: NodeContext,
): void {
  remove('tombstone', call.request.getOptions(), context, answer, (position) => {
    const place = new streamsPb.TombstoneResp.Position().setCommitPosition(position).setPreparePosition(position);
    return new streamsPb.TombstoneResp().setPosition(place);
  });
}

function remove<Response>(
  kind: Write['kind'],
  options: Parameters<typeof parseWriteOptions>[0],
  context: NodeContext,
  answer: sendUnaryData<Response>,
  success: (position: string) => Response,
): void {
  try {
    const target = parseWriteOptions(options);
    if (!context.caller.may('delete', target.stream)) throw accessDenied();
    context.log.writer.submit({ kind, ...target, events: [] }, 0, (outcome) => {
      if (outcome.status === 'written') answer(null, success(String(outcome.position ?? 0)));
      else answer(refusalOf(outcome, target));
    });
  } catch (error) {
    answer(asCallError(error));
  }
}

function refusalOf(
  outcome: Exclude<WriteOutcome, { status: 'written' }>,
  { stream, expected }: WriteTarget,
): CallError {
  switch (outcome.status) {
    case 'wrong-expected-version':
      return wrongExpectedVersion(stream, expected, outcome.lastRevision);
    case 'stream-deleted':
      return streamDeleted(stream);
    case 'timeout':
      return deadlineExceeded();
    case 'failed':
      return writeFailed();
  }
}

export function asCallError(error: unknown): CallError {
  if (error instanceof CallError) return error;
  return saysDamaged(error) ? damaged(error) : badRequest('Exception was thrown by handler.');
}
