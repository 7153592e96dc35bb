import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { FeedEntry } from '../../projections/feed/feed-entry.js';
import type { FeedReader } from '../../projections/feed/feed-reader.js';
import type { LiveFeed } from '../../projections/feed/live-feed.js';
import { feedToken } from './feed-token.js';

/** Entries a write: what is on its way to one slow client stays below 100 kB. */
const ENTRIES_A_WRITE = 100;
/** How long a browser waits before it comes again. */
const RETRY_MS = 2_000;

/** What readers take entries from. */
export type EventFeed = Pick<LiveFeed, 'take' | 'placeOf' | 'close'>;

export interface EventStreamTimes {
  /** After so long without anything to tell, a sign of life. */
  readonly heartbeatMs: number;
  /** Who takes nothing for so long is sent away, and may come again. */
  readonly stallMs: number;
}

export const EVENT_STREAM_TIMES: EventStreamTimes = { heartbeatMs: 15_000, stallMs: 30_000 };

/** Writes the feed to one client as server-sent events until either side ends it. */
export async function writeEventStream(
  response: ServerResponse,
  feed: EventFeed,
  reader: FeedReader,
  { heartbeatMs, stallMs }: EventStreamTimes = EVENT_STREAM_TIMES,
): Promise<void> {
  response.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    // Whoever comes again comes anew: a connection kept open would keep a stopping server waiting.
    connection: 'close',
    // Proxies that gather answers would keep the feed to themselves.
    'x-accel-buffering': 'no',
  });
  response.on('close', () => reader.end());
  // A client that breaks off while something is written to it is gone, and nothing more.
  response.on('error', () => reader.end());
  let text = `retry: ${RETRY_MS}\n${signOfLife(feed, reader)}`;
  while (!reader.ended) {
    if (!response.write(text) && !(await drained(response, stallMs))) break;
    await reader.ready(heartbeatMs);
    const entries = feed.take(reader, ENTRIES_A_WRITE);
    text = entries.length > 0 ? entries.map(frame).join('') : signOfLife(feed, reader);
  }
  feed.close(reader);
  if (response.writableNeedDrain) response.destroy();
  else response.end();
}

/** Has no data, so that a browser reports nothing, but remembers the place. */
function signOfLife(feed: EventFeed, reader: FeedReader): string {
  const place = feed.placeOf(reader);
  return place === undefined ? ':\n\n' : `:\nid: ${feedToken(place)}\n\n`;
}

const frames = new WeakMap<FeedEntry, string>();

/** The same text for all clients. */
function frame(entry: FeedEntry): string {
  const known = frames.get(entry);
  if (known !== undefined) return known;
  const data = JSON.stringify({ specversion: '1.0', datacontenttype: 'application/json', ...entry.event });
  const text = `id: ${feedToken(entry.place)}\nevent: ${entry.event.type}\ndata: ${data}\n\n`;
  frames.set(entry, text);
  return text;
}

/** False when the client took nothing in time, or went away. */
async function drained(response: ServerResponse, stallMs: number): Promise<boolean> {
  const stalled = new AbortController();
  const timer = setTimeout(() => stalled.abort(), stallMs);
  const away = () => stalled.abort();
  response.once('close', away);
  try {
    await once(response, 'drain', { signal: stalled.signal });
    return true;
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    response.off('close', away);
  }
}
