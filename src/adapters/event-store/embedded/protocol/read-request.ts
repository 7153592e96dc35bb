import type streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { badRequest, invalidArgument } from './call-errors.js';
import { type EventFilter, parseFilter } from './event-filter.js';

type ReadReq = streamsPb.ReadReq;
type Options = streamsPb.ReadReq.Options;

/** The number counts revisions in a stream, positions in `$all`. */
export type ReadFrom = 'start' | 'end' | number;

export interface ReadRequest {
  /** Undefined for `$all`. */
  readonly stream: string | undefined;
  readonly from: ReadFrom;
  readonly backwards: boolean;
  /** At most so many events; undefined for a subscription. */
  readonly maxCount: number | undefined;
  readonly resolveLinks: boolean;
  readonly structuredIds: boolean;
  readonly filter: EventFilter | undefined;
}

const INT64_MAX = 2n ** 63n - 1n;

/** @throws CallError */
export function parseReadRequest(request: ReadReq): ReadRequest {
  const options = request.getOptions();
  if (options === undefined) throw badRequest('A read has no options');
  const stream = options.getStream();
  const backwards = options.getReadDirection() === 1;
  const subscription = options.hasSubscription();
  if (!subscription && options.getCountOptionCase() === 0) throw invalidArgument('Neither count nor subscription');
  if (subscription && backwards) throw invalidArgument('A subscription reads forwards');
  if (!options.hasFilter() && !options.hasNoFilter()) throw invalidArgument('Neither filter nor no_filter');
  if (options.hasFilter() && stream !== undefined) throw invalidArgument('A stream is not read with a filter');
  return {
    stream: stream && streamNameOf(stream.getStreamIdentifier()?.getStreamName_asU8()),
    from: stream === undefined ? parseAll(options) : parseStream(stream),
    backwards,
    maxCount: subscription ? undefined : clamped(options.getCount()),
    resolveLinks: options.getResolveLinks(),
    structuredIds: !options.getUuidOption()?.hasString(),
    filter: parseFilter(options.getFilter()),
  };
}

export function streamNameOf(bytes: Uint8Array | undefined): string {
  return Buffer.from(bytes ?? []).toString('utf8');
}

function parseStream(stream: streamsPb.ReadReq.Options.StreamOptions): ReadFrom {
  if (stream.hasStart()) return 'start';
  if (stream.hasEnd()) return 'end';
  if (!stream.hasRevision()) throw badRequest('Neither start, end nor revision');
  if (BigInt(stream.getRevision()) > INT64_MAX) throw badRequest('A revision is below 2^63');
  return clamped(stream.getRevision());
}

function parseAll(options: Options): ReadFrom {
  const all = options.getAll();
  if (all === undefined) throw invalidArgument('Neither a stream nor $all');
  if (all.hasStart()) return 'start';
  if (all.hasEnd()) return 'end';
  const position = all.getPosition();
  if (position === undefined) throw badRequest('Neither start, end nor position');
  return BigInt(position.getCommitPosition()) > INT64_MAX ? 'end' : clamped(position.getCommitPosition());
}

function clamped(value: string): number {
  return Math.min(Number(value), Number.MAX_SAFE_INTEGER);
}
