import { randomUUID } from 'node:crypto';
import { badRequest, streamDeleted } from '../protocol/call-errors.js';
import type { ReadRequest } from '../protocol/read-request.js';
import { encodeCaughtUp, encodeCheckpoint, encodeConfirmation } from '../protocol/read-response.js';
import type { EventLog } from '../storage/event-log.js';
import { EMPTY_PAGE, type EventPage, type EventRow } from '../storage/event-rows.js';
import { TOMBSTONE_REVISION } from '../storage/schema.js';
import type { StreamState } from '../storage/streams.js';
import { Deliveries } from './delivery.js';
import type { NodeContext } from './node-context.js';
import type { Outlet } from './outlet.js';
import { PAGE } from './read-turns.js';

/** Where a subscription stands. It always reads from the store, history and live, so the switch has no seam. */
interface Feed {
  /** The next events in order; `live` ones whatever the stream's metadata hides. */
  next(live: boolean): EventPage;
  /** The stream to wake for; undefined for any. */
  readonly stream: string | undefined;
}

/** Confirmation, history, caught up once, then live until the client leaves. */
export async function subscribe(request: ReadRequest, outlet: Outlet<unknown>, context: NodeContext): Promise<void> {
  if (request.filter?.checkpointInterval === 0) throw badRequest('The checkpoint interval multiplier is 0');
  const { log, turns } = context;
  const feed = request.stream === undefined ? allFeed(request, log) : streamFeed(request, request.stream, log);
  const deliveries = new Deliveries(log, request, outlet);
  const checkpoint = checkpointer(request, outlet);
  outlet.send(encodeConfirmation(randomUUID()));
  let live = false;
  // Not in the loop itself, where a page would be held for as long as its client lets the subscription wait.
  const sendPage = (): 'nothing' | 'some' | 'more' => {
    const { events, more } = feed.next(live);
    for (const row of events) {
      if (deliveries.matches(row)) deliveries.send(row);
      checkpoint(row);
      if (request.stream !== undefined && row.revision === TOMBSTONE_REVISION) throw streamDeleted(request.stream);
    }
    return more ? 'more' : events.length > 0 ? 'some' : 'nothing';
  };
  while (!outlet.over.aborted) {
    const sent = sendPage();
    if (sent === 'nothing') {
      if (live) await log.commits.next(outlet.over, feed.stream);
      else outlet.send(encodeCaughtUp());
      live = true;
    }
    await outlet.flowing();
    if (sent === 'more') await turns.next();
  }
}

/** Tells the client how far a filter has looked, at every so many events whether they matched or not. */
function checkpointer(request: ReadRequest, outlet: Outlet<unknown>): (row: EventRow) => void {
  const interval = request.filter?.checkpointInterval;
  if (interval === undefined) return () => undefined;
  let looked = 0;
  return (row) => {
    looked++;
    if (looked < interval) return;
    looked = 0;
    outlet.send(encodeCheckpoint(row.position));
  };
}

function allFeed({ from }: ReadRequest, log: EventLog): Feed {
  const last = log.lastPosition;
  let after = from === 'start' ? 0 : from === 'end' ? last : Math.min(from, last);
  return {
    stream: undefined,
    next: () => {
      const page = log.allForwards(after + 1, Number.MAX_SAFE_INTEGER, PAGE);
      after = page.events.at(-1)?.position ?? after;
      return page;
    },
  };
}

/** @throws CallError for a tombstoned stream, unless only what is to come is asked for. */
function streamFeed({ from }: ReadRequest, stream: string, log: EventLog): Feed {
  const { streams } = log;
  const ended = log.status(streams.state(stream)) === 'deleted';
  if (ended && from !== 'end') throw streamDeleted(stream);
  let begun = from === 'end';
  let after = from === 'start' ? -1 : from === 'end' ? streams.state(stream).lastRevision : from;
  const history = (state: StreamState) =>
    log.status(state) === 'not-found'
      ? EMPTY_PAGE
      : log.streamForwards(state, after + 1, Number.MAX_SAFE_INTEGER, PAGE);
  return {
    stream,
    next: (live) => {
      if (ended) return EMPTY_PAGE;
      const state = streams.state(stream);
      const status = log.status(state);
      // Of a stream that ends before it began the error alone is told.
      if (status === 'deleted' && !begun) throw streamDeleted(stream);
      begun ||= status === 'found';
      const page = live ? log.streamUnbounded(state, after + 1, PAGE) : history(state);
      // What history hides stays hidden when the subscription goes live.
      after = page.events.at(-1)?.revision ?? Math.max(after, state.lastRevision);
      return page;
    },
  };
}
