import type { Metadata } from '@grpc/grpc-js';

export type Action = 'read' | 'append' | 'delete' | 'read-all';

/** Who may do what: asked before anything else, with the headers of the call. */
export interface Access {
  allows(headers: Metadata, action: Action, stream: string): boolean;
}

/** Without TLS nobody sends credentials, so everything passes: such a node listens on loopback only. */
export const openAccess: Access = { allows: () => true };
