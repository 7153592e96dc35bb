import { behind, type FeedPlace } from '../../projections/feed/feed-entry.js';
import { parsePosition, positionToken } from '../position-token.js';

const TOKEN = /^(p[0-9a-z]{1,13})(?:\.([0-9a-z]{1,9})\.([0-9a-z]{1,6}))?$/;

/**
 * A place in the feed as readers get it in `id:`. What lies behind everything that a position caused is the position
 * alone, so that any answer's position says from where to listen.
 */
export function feedToken(place: FeedPlace): string {
  const position = positionToken(place.position);
  if (place.noticedAt === 0 && place.index === behind(place.position).index) return position;
  return `${position}.${place.noticedAt.toString(36)}.${place.index.toString(36)}`;
}

/** Undefined for anything that {@link feedToken} did not make. */
export function parseFeedToken(token: unknown): FeedPlace | undefined {
  const [, start, noticedAt, index] = typeof token === 'string' ? (TOKEN.exec(token) ?? []) : [];
  const position = parsePosition(start);
  if (position === undefined) return undefined;
  if (noticedAt === undefined || index === undefined) return behind(position);
  return { position, noticedAt: Number.parseInt(noticedAt, 36), index: Number.parseInt(index, 36) };
}
