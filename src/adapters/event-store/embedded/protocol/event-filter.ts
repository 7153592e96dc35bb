import type streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import { badRequest, invalidArgument } from './call-errors.js';

type FilterOptions = streamsPb.ReadReq.Options.FilterOptions;
type Expression = streamsPb.ReadReq.Options.FilterOptions.Expression;

export interface EventFilter {
  readonly by: 'stream' | 'type';
  readonly matches: (name: string) => boolean;
  /** A checkpoint is due after so many events looked at. */
  readonly checkpointInterval: number;
}

const DEFAULT_WINDOW = 32;

/** @throws CallError */
export function parseFilter(options: FilterOptions | undefined): EventFilter | undefined {
  if (options === undefined) return undefined;
  const byStream = options.getStreamIdentifier();
  const expression = byStream ?? options.getEventType();
  if (expression === undefined) throw invalidArgument('A filter has no expression');
  if (!options.hasMax() && !options.hasCount()) throw invalidArgument('A filter has no window');
  const window = options.hasMax() ? Math.max(1, options.getMax()) : DEFAULT_WINDOW;
  return {
    by: byStream === undefined ? 'type' : 'stream',
    matches: matcher(expression),
    checkpointInterval: window * options.getCheckpointintervalmultiplier(),
  };
}

function matcher(expression: Expression): (name: string) => boolean {
  const regex = expression.getRegex();
  if (regex !== '') {
    const compiled = compile(regex);
    return (name) => compiled.test(name);
  }
  const prefixes = expression.getPrefixList();
  return (name) => prefixes.some((prefix) => name.startsWith(prefix));
}

/** Other clients write .NET expressions, whose leading options JavaScript spells as flags. */
function compile(pattern: string): RegExp {
  const [, options = '', rest = pattern] = /^\(\?([ims]+)\)(.*)$/s.exec(pattern) ?? [];
  try {
    return new RegExp(rest, options);
  } catch {
    throw badRequest(`'${pattern}' is not a regular expression`);
  }
}
