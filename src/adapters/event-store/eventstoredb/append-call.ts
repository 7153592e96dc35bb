import { randomUUID } from 'node:crypto';
import type { ClientDuplexStream } from '@grpc/grpc-js';
import { type AppendReply, decodeAppendReply, type EncodedAppend, withCorrelationId } from './append-codec.js';
import { classify } from './failure.js';

type Settle = (reply: AppendReply) => void;

/**
 * One batch-append call: many appends in flight, each with one reply. Every send settles: by its reply, by the end of
 * the call, or by its time.
 */
export class AppendCall {
  private readonly waiting = new Map<string, Settle>();
  private lastReplyAtMs = 0;
  private over = false;

  /** @param onDeaf the call swallows appends without a reply, so that the connection is not to be trusted any more */
  constructor(
    private readonly call: ClientDuplexStream<Buffer, Buffer>,
    private readonly onDeaf: () => void,
  ) {
    call.on('data', (message: Buffer) => this.received(message));
    call.on('error', (error) =>
      this.end({ kind: classify(error) === 'refused' ? 'refused' : 'unknown', cause: error.message }),
    );
    call.on('end', () => this.end({ kind: 'unknown', cause: 'the store ended the call' }));
  }

  /** Nothing can be sent any more. */
  get isOver(): boolean {
    return this.over;
  }

  send(append: EncodedAppend, timeoutMs: number): Promise<AppendReply> {
    return new Promise((resolve) => {
      if (this.over) return resolve({ kind: 'unknown', cause: 'the call was over' });
      const correlationId = randomUUID();
      const sentAtMs = performance.now();
      // A reply may have arrived while this process was busy with something else: it comes first.
      const expire = () => setImmediate(() => this.expire(correlationId, sentAtMs, timeoutMs));
      const timer = setTimeout(expire, timeoutMs);
      const settle = (reply: AppendReply) => {
        clearTimeout(timer);
        this.waiting.delete(correlationId);
        resolve(reply);
      };
      this.waiting.set(correlationId, settle);
      this.call.write(withCorrelationId(append, correlationId));
    });
  }

  private received(message: Buffer): void {
    this.lastReplyAtMs = performance.now();
    const { correlationId, reply } = decodeAppendReply(message);
    // A reply that comes after its time is of no use: the append has been sent again with the same ids.
    this.waiting.get(correlationId)?.(reply);
  }

  private expire(correlationId: string, sentAtMs: number, timeoutMs: number): void {
    const settle = this.waiting.get(correlationId);
    if (settle === undefined) return;
    const cause = `no reply within ${Math.round(timeoutMs)} ms`;
    settle({ kind: 'unknown', cause });
    if (this.lastReplyAtMs >= sentAtMs || this.over) return;
    this.end({ kind: 'unknown', cause });
    this.call.cancel();
    this.onDeaf();
  }

  private end(reply: AppendReply): void {
    this.over = true;
    for (const settle of this.waiting.values()) settle(reply);
  }
}
