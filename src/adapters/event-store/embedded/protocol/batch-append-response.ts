import { writePosition, writeStreamName } from '../../protobuf/messages.js';
import { MessageWriter } from '../../protobuf/writer.js';
import { type Expected, NO_STREAM } from '../storage/commit-check.js';
import { MAX_APPEND_BYTES } from './limits.js';

export type BatchAppendAnswer =
  /** `revision` -1: the stream has no event. */
  | { readonly status: 'written'; readonly revision: number; readonly position: number | undefined }
  | { readonly status: 'wrong-expected-version'; readonly lastRevision: number; readonly expected: Expected }
  | { readonly status: 'stream-deleted' }
  | { readonly status: 'access-denied' }
  | { readonly status: 'timeout' }
  | { readonly status: 'too-large' }
  | { readonly status: 'bad-request'; readonly message: string }
  | { readonly status: 'failed' };

const FIXED_BYTES = 256;

/** Every answer names its stream and carries details: the client throws without them. */
export function encodeBatchAppendAnswer(correlationId: Buffer, stream: string, answer: BatchAppendAnswer): Buffer {
  const nameBytes = Buffer.byteLength(stream, 'utf8');
  const messageBytes = answer.status === 'bad-request' ? 3 * answer.message.length : 0;
  const writer = new MessageWriter(FIXED_BYTES + correlationId.length + 2 * nameBytes + messageBytes);
  writeStreamName(writer, 4, stream, nameBytes);
  if (answer.status === 'written') writeSuccess(writer, answer.revision, answer.position);
  else writeError(writer, stream, answer);
  writer.bytes(1, correlationId);
  return writer.finish();
}

function writeSuccess(writer: MessageWriter, revision: number, position: number | undefined): void {
  const end = writer.mark();
  if (position === undefined) writer.empty(4);
  else writePosition(writer, 3, position);
  if (revision === NO_STREAM) writer.empty(2);
  else writer.unsigned(1, revision);
  writer.close(3, end);
}

type Refusal = Exclude<BatchAppendAnswer, { status: 'written' }>;

/** gRPC code, message and the protocol's name of each refusal; the client goes by the name. */
const REFUSALS: Record<Refusal['status'], readonly [code: number, name: string]> = {
  'wrong-expected-version': [6, 'WrongExpectedVersion'],
  'stream-deleted': [5, 'StreamDeleted'],
  'access-denied': [7, 'AccessDenied'],
  timeout: [4, 'Timeout'],
  'too-large': [3, 'MaximumAppendSizeExceeded'],
  'bad-request': [3, 'BadRequest'],
  failed: [2, 'Unknown'],
};

function writeError(writer: MessageWriter, stream: string, answer: Refusal): void {
  const [code, name] = REFUSALS[answer.status];
  const end = writer.mark();
  const anyEnd = writer.mark();
  const valueEnd = writer.mark();
  writeDetails(writer, stream, answer);
  writer.close(2, valueEnd);
  writer.ascii(1, `type.googleapis.com/event_store.client.${name}`);
  writer.close(3, anyEnd);
  writer.ascii(2, name);
  writer.unsigned(1, code);
  writer.close(2, end);
}

function writeDetails(writer: MessageWriter, stream: string, answer: Refusal): void {
  switch (answer.status) {
    case 'wrong-expected-version':
      writeExpected(writer, answer.expected);
      if (answer.lastRevision === NO_STREAM) writer.empty(2);
      else writer.unsigned(1, answer.lastRevision);
      return;
    case 'stream-deleted':
      writeStreamName(writer, 1, stream);
      return;
    case 'too-large':
      writer.unsigned(1, MAX_APPEND_BYTES);
      return;
    case 'bad-request':
      writer.text(1, answer.message);
      return;
    case 'access-denied':
    case 'timeout':
    case 'failed':
      return;
  }
}

function writeExpected(writer: MessageWriter, expected: Expected): void {
  if (expected === 'any') writer.empty(4);
  else if (expected === 'stream_exists') writer.empty(5);
  else if (expected === NO_STREAM) writer.empty(6);
  else writer.unsigned(3, expected);
}
