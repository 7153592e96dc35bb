import type { ServerDuplexStream } from '@grpc/grpc-js';
import { isWritable } from '../protocol/append-request.js';
import type { BatchAppendChunk, BatchAppendOptions } from '../protocol/batch-append-request.js';
import { type BatchAppendAnswer, encodeBatchAppendAnswer } from '../protocol/batch-append-response.js';
import type { CallError } from '../protocol/call-errors.js';
import { MAX_APPEND_BYTES, PARTIAL_APPEND_MS } from '../protocol/limits.js';
import type { ProposedEvent } from '../storage/transaction.js';
import type { NodeContext } from './node-context.js';

type Call = ServerDuplexStream<BatchAppendChunk, Buffer>;

/** An append whose last part has not come yet. */
interface PartialAppend {
  readonly correlationId: Buffer;
  readonly options: BatchAppendOptions;
  readonly events: ProposedEvent[];
  bytes: number;
  timer?: NodeJS.Timeout;
}

/** One BatchAppend call: many appends in flight, each answered exactly once by its correlation id. */
export class BatchAppendCall {
  readonly #partial = new Map<string, PartialAppend>();
  #owed = 0;
  #halfClosed = false;
  #over = false;
  #stopping = false;

  constructor(
    private readonly call: Call,
    private readonly context: NodeContext,
  ) {
    const leave = context.openCalls.add({ pause: () => this.#pause(), end: (error) => this.#fail(error) });
    call.on('data', (chunk: BatchAppendChunk) => this.#receive(chunk));
    call.on('end', () => {
      this.#halfClosed = true;
      this.#endIfAnswered();
    });
    call.on('cancelled', () => this.#forget());
    call.on('close', leave);
  }

  #receive(chunk: BatchAppendChunk): void {
    if (this.#over || this.#stopping) return;
    const key = chunk.correlationId.toString('latin1');
    const append = this.#partial.get(key) ?? this.#open(chunk, key);
    if (append !== undefined) this.#add(append, chunk, key);
    if (this.context.log.writer.full) {
      this.call.pause();
      void this.context.log.writer.room().then(() => this.call.resume());
    }
  }

  /** Begins an append; a part of an append not known (refused before, say) is dropped in silence. */
  #open(chunk: BatchAppendChunk, key: string): PartialAppend | undefined {
    const { options, correlationId } = chunk;
    if (options === undefined) return undefined;
    const append: PartialAppend = { correlationId, options, events: [], bytes: 0 };
    const refusal = this.#refusal(options);
    if (refusal !== undefined) {
      this.#answer(append, refusal);
      return undefined;
    }
    if (!chunk.final) {
      const wait = Math.min(options.deadline - Date.now(), PARTIAL_APPEND_MS);
      append.timer = setTimeout(() => this.#close(append, key, { status: 'timeout' }), wait);
      this.#partial.set(key, append);
    }
    return append;
  }

  #refusal(options: BatchAppendOptions): BatchAppendAnswer | undefined {
    const { stream, expected, deadline } = options;
    if (!stream) return { status: 'bad-request', message: 'An append needs a stream and its name' };
    if (!this.context.caller.may('append', stream)) return { status: 'access-denied' };
    if (deadline <= Date.now()) return { status: 'timeout' };
    if (!isWritable(stream)) return { status: 'bad-request', message: 'A stream needs a name' };
    if (expected === undefined)
      return { status: 'bad-request', message: 'The expected revision is missing or too large' };
    return undefined;
  }

  #add(append: PartialAppend, chunk: BatchAppendChunk, key: string): void {
    append.bytes += chunk.dataBytes;
    const refusal = defectOf(append, chunk);
    if (refusal !== undefined) {
      this.#close(append, key, refusal);
      return;
    }
    append.events.push(...chunk.events);
    if (chunk.final) this.#commit(append, key);
  }

  #commit(append: PartialAppend, key: string): void {
    this.#drop(append, key);
    const { stream = '', expected = 'any', deadline } = append.options;
    this.#owed++;
    const write = { kind: 'append', stream, expected, events: append.events } as const;
    this.context.log.writer.submit(
      write,
      append.bytes,
      (outcome) => {
        this.#owed--;
        this.#answer(append, outcome.status === 'wrong-expected-version' ? { ...outcome, expected } : outcome);
        this.#endIfAnswered();
      },
      deadline,
    );
  }

  #close(append: PartialAppend, key: string, answer: BatchAppendAnswer): void {
    this.#drop(append, key);
    this.#answer(append, answer);
    this.#endIfAnswered();
  }

  #drop(append: PartialAppend, key: string): void {
    clearTimeout(append.timer);
    this.#partial.delete(key);
  }

  #answer({ correlationId, options }: PartialAppend, answer: BatchAppendAnswer): void {
    if (!this.#over) this.call.write(encodeBatchAppendAnswer(correlationId, options.stream ?? '', answer));
  }

  /** A client that half-closes still gets every answer it is owed. */
  #endIfAnswered(): void {
    if (!this.#halfClosed || this.#over || this.#owed > 0 || this.#partial.size > 0) return;
    this.#over = true;
    this.call.end();
  }

  /** Takes no more appends; those queued are still answered. */
  #pause(): void {
    this.#stopping = true;
    this.call.pause();
  }

  #fail(error: CallError): void {
    if (this.#over) return;
    this.#forget();
    this.call.emit('error', error);
  }

  #forget(): void {
    this.#over = true;
    for (const [key, append] of this.#partial) this.#drop(append, key);
  }
}

function defectOf({ bytes }: PartialAppend, { problem }: BatchAppendChunk): BatchAppendAnswer | undefined {
  if (problem !== undefined) return { status: 'bad-request', message: problem };
  return bytes > MAX_APPEND_BYTES ? { status: 'too-large' } : undefined;
}
