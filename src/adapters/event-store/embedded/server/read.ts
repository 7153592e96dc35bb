import type streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import type { ServerWritableStream } from '@grpc/grpc-js';
import { accessDenied, streamDeleted } from '../protocol/call-errors.js';
import { parseReadRequest, type ReadRequest } from '../protocol/read-request.js';
import { encodeStreamNotFound } from '../protocol/read-response.js';
import type { EventLog } from '../storage/event-log.js';
import { EMPTY_PAGE, type EventPage, type PageLimit } from '../storage/event-rows.js';
import { ALL_STREAM } from './access.js';
import { Deliveries } from './delivery.js';
import type { NodeContext } from './node-context.js';
import { Outlet } from './outlet.js';
import { PAGE } from './read-turns.js';
import { subscribe } from './subscription.js';
import { asCallError } from './writes.js';

type ReadCall = ServerWritableStream<streamsPb.ReadReq, Buffer>;

/** Streams/Read: a stream or `$all`, either way, so many events or as a subscription. */
export function serveRead(call: ReadCall, context: NodeContext): void {
  const outlet = new Outlet(call, context.openCalls);
  const serve = async () => {
    const request = parseReadRequest(call.request);
    if (!context.caller.may('read', request.stream ?? ALL_STREAM)) throw accessDenied();
    if (request.maxCount === undefined) await subscribe(request, outlet, context);
    else await readSome(request, request.maxCount, outlet, context);
  };
  serve().catch((error: unknown) => outlet.fail(asCallError(error)));
}

async function readSome(
  request: ReadRequest,
  maxCount: number,
  outlet: Outlet<unknown>,
  { log, turns }: NodeContext,
): Promise<void> {
  const next = openCursor(request, log);
  if (next === undefined) {
    outlet.send(encodeStreamNotFound(request.stream ?? ''));
    return outlet.end();
  }
  const deliveries = new Deliveries(log, request, outlet);
  let left = maxCount;
  // Not in the loop itself, where a page would be held for as long as its client lets the read wait.
  const sendPage = (): boolean => {
    const page = next({ ...PAGE, events: request.filter === undefined ? Math.min(left, PAGE.events) : PAGE.events });
    for (const row of page.events) {
      if (left === 0 || !deliveries.matches(row)) continue;
      deliveries.send(row);
      left--;
    }
    return page.more && left > 0;
  };
  while (left > 0 && sendPage()) {
    await outlet.flowing();
    if (outlet.over.aborted) return;
    await turns.next();
  }
  outlet.end();
}

/** Gives the next page each time. */
type Cursor = (limit: PageLimit) => EventPage;

/** A read shows what was there when it began; undefined if the stream is not there. @throws CallError */
function openCursor(request: ReadRequest, log: EventLog): Cursor | undefined {
  if (request.stream === undefined) return request.backwards ? allBackwards(request, log) : allForwards(request, log);
  const state = log.streams.state(request.stream);
  const status = log.status(state);
  if (status === 'deleted') throw streamDeleted(request.stream);
  if (status === 'not-found') return undefined;
  return request.backwards ? streamBackwards(request, log) : streamForwards(request, log);
}

function allForwards({ from }: ReadRequest, log: EventLog): Cursor {
  const last = log.lastPosition;
  let at = from === 'start' ? 0 : from === 'end' ? last + 1 : from;
  return (limit) => {
    const page = at > last ? EMPTY_PAGE : log.allForwards(at, last, limit);
    at = (page.events.at(-1)?.position ?? last) + 1;
    return page;
  };
}

/** Backwards a position itself is left out. */
function allBackwards({ from }: ReadRequest, log: EventLog): Cursor {
  let at = from === 'start' ? 0 : from === 'end' ? log.lastPosition : from - 1;
  return (limit) => {
    const page = at < 1 ? EMPTY_PAGE : log.allBackwards(at, limit);
    at = (page.events.at(-1)?.position ?? 1) - 1;
    return page;
  };
}

function streamForwards({ stream = '', from }: ReadRequest, log: EventLog): Cursor {
  const last = log.streams.state(stream).lastRevision;
  let at = from === 'start' ? 0 : from === 'end' ? last + 1 : from;
  return (limit) => {
    const page = at > last ? EMPTY_PAGE : log.streamForwards(log.streams.state(stream), at, last, limit);
    at = (page.events.at(-1)?.revision ?? last) + 1;
    return page;
  };
}

function streamBackwards({ stream = '', from }: ReadRequest, log: EventLog): Cursor {
  let at = from === 'start' ? 0 : from === 'end' ? Number.MAX_SAFE_INTEGER : from;
  return (limit) => {
    const page = at < 0 ? EMPTY_PAGE : log.streamBackwards(log.streams.state(stream), at, limit);
    at = (page.events.at(-1)?.revision ?? 0) - 1;
    return page;
  };
}
