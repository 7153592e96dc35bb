import type { Scope } from '../../ports/access.js';
import { type Schema, text } from './schema.js';

type Method = 'get' | 'post' | 'put' | 'delete';

/** A request that works when it is pasted. */
export interface Example {
  readonly summary: string;
  /** With its parameters. */
  readonly path: string;
  readonly body: object;
}

export interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly summary: string;
  /** What a caller must know beside the summary; Markdown. */
  readonly description?: string;
  /** Open to everybody when absent. */
  readonly scope?: Scope;
  readonly body?: string;
  readonly example?: Example;
  /** Query parameters by name. */
  readonly query?: Readonly<Record<string, Schema>>;
  /** Schema of each answer that is not a problem. */
  readonly answers: Readonly<Record<number, string | undefined>>;
  /** Other media types of the 200, and what is in them. */
  readonly alsoAs?: Readonly<Record<string, string>>;
  readonly problems?: readonly number[];
}

/** One part of the contract: what can be asked, and the schemas that it brings. */
export interface Area {
  readonly operations: readonly Operation[];
  readonly schemas: Readonly<Record<string, Schema>>;
}

export const MIN_POSITION = { minPosition: text('Wait, bounded, until the answer shows this position.') };
