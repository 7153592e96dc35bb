import type { Metadata } from '@grpc/grpc-js';

export type Action = 'read' | 'append' | 'delete';

/** The name under which all events together are read. */
export const ALL_STREAM = '$all';

/** Whoever makes a call. */
export interface Caller {
  may(action: Action, stream: string): boolean;
}

/** Finds out who calls. */
export interface Access {
  /**
   * By the headers of the call; at once where nobody has to prove who they are.
   * @throws CallError when the proof is wrong
   */
  callerOf(headers: Metadata): Caller | Promise<Caller>;
}

const ANYONE: Caller = { may: () => true };

/** Without TLS clients send no credentials, so whoever reaches the node may do everything. */
export const openAccess: Access = { callerOf: () => ANYONE };
