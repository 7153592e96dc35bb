import type { ClientDuplexStream, ServiceError } from '@grpc/grpc-js';
import { type AppendReply, decodeAppendReply, type EncodedAppend } from './append-codec.js';
import { classify } from './failure.js';

interface Waiting {
  readonly settle: (reply: AppendReply) => void;
  readonly sentAtMs: number;
  readonly timeoutMs: number;
}

/**
 * One batch-append call: many appends in flight, each with one reply. Every send settles: by its reply, by the end of
 * the call, or by its time.
 */
export class AppendCall {
  /** By correlation id. */
  private readonly waiting = new Map<string, Waiting>();
  private lastReplyAtMs = 0;
  private over = false;
  /** One for all, set for the append whose time is over first: as a rule replies come long before. */
  private timer: NodeJS.Timeout | undefined;
  private timerAtMs = Number.POSITIVE_INFINITY;

  /** @param onDeaf the call swallows appends without a reply, so that the connection is not to be trusted any more */
  constructor(
    private readonly call: ClientDuplexStream<Buffer, Buffer>,
    private readonly onDeaf: () => void,
  ) {
    call.on('data', (message: Buffer) => this.received(message));
    call.on('error', (error: ServiceError) => {
      const { message: cause, code } = error;
      this.end(classify(error) === 'refused' ? { kind: 'refused', cause, code } : { kind: 'unknown', cause });
    });
    call.on('end', () => this.end({ kind: 'unknown', cause: 'the store ended the call' }));
  }

  /** Nothing can be sent any more. */
  get isOver(): boolean {
    return this.over;
  }

  /** Whether any append on it has had a reply. */
  get hasAnswered(): boolean {
    return this.lastReplyAtMs > 0;
  }

  send({ correlationId, bytes }: EncodedAppend, timeoutMs: number): Promise<AppendReply> {
    return new Promise((settle) => {
      if (this.over) return settle({ kind: 'unknown', cause: 'the call was over' });
      const sentAtMs = performance.now();
      this.waiting.set(correlationId, { settle, sentAtMs, timeoutMs });
      this.watch(sentAtMs + timeoutMs);
      this.call.write(bytes);
    });
  }

  private received(message: Buffer): void {
    this.lastReplyAtMs = performance.now();
    const { correlationId, reply } = decodeAppendReply(message);
    // A reply that comes after its time is of no use: the append has been sent again with the same ids.
    this.waiting.get(correlationId)?.settle(reply);
    this.waiting.delete(correlationId);
  }

  private watch(atMs: number): void {
    if (this.timerAtMs <= atMs) return;
    clearTimeout(this.timer);
    this.timerAtMs = atMs;
    // A reply may have arrived while this process was busy with something else: it comes first.
    const expire = () => setImmediate(() => this.expire());
    this.timer = setTimeout(expire, Math.ceil(atMs - performance.now())).unref();
  }

  private expire(): void {
    this.timerAtMs = Number.POSITIVE_INFINITY;
    const nowMs = performance.now();
    let next = Number.POSITIVE_INFINITY;
    let isDeaf = false;
    for (const [correlationId, { settle, sentAtMs, timeoutMs }] of this.waiting) {
      if (sentAtMs + timeoutMs > nowMs) {
        next = Math.min(next, sentAtMs + timeoutMs);
        continue;
      }
      this.waiting.delete(correlationId);
      settle({ kind: 'unknown', cause: `no reply within ${Math.round(timeoutMs)} ms` });
      isDeaf ||= this.lastReplyAtMs < sentAtMs;
    }
    if (isDeaf) this.giveUp();
    else if (next < Number.POSITIVE_INFINITY) this.watch(next);
  }

  /** Nothing has come since an append that went without a reply. */
  private giveUp(): void {
    if (this.over) return;
    this.end({ kind: 'unknown', cause: 'no reply to others before it' });
    this.call.cancel();
    this.onDeaf();
  }

  private end(reply: AppendReply): void {
    this.over = true;
    clearTimeout(this.timer);
    for (const { settle } of this.waiting.values()) settle(reply);
    this.waiting.clear();
  }
}
