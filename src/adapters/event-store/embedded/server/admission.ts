import type { Metadata } from '@grpc/grpc-js';
import type { CallError } from '../protocol/call-errors.js';
import type { Access, Caller } from './access.js';
import { asCallError } from './writes.js';

/** What all kinds of calls have that matters here. */
interface Call {
  readonly metadata: Metadata;
  readonly cancelled: boolean;
}

/** Serves a call once it is known who makes it: at once where nobody has to prove it. */
export function admit(
  access: Access,
  call: Call,
  serve: (caller: Caller) => void,
  refuse: (error: CallError) => void,
): void {
  const caller = access.callerOf(call.metadata);
  if (caller instanceof Promise) {
    const serveKnown = (known: Caller) => (call.cancelled ? undefined : serve(known));
    caller.then(serveKnown, (error: unknown) => refuse(asCallError(error)));
  } else serve(caller);
}
