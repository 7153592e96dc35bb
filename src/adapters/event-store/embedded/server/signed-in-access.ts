import type { Metadata } from '@grpc/grpc-js';
import { unauthenticated } from '../protocol/call-errors.js';
import type { User } from '../users/user.js';
import type { Access, Action, Caller } from './access.js';
import type { Permissions } from './permissions.js';

const BASIC = /^Basic +([\w+/=-]+)$/i;
/** May ask what the node can do and where it is, which nobody is asked the right for. */
const NOBODY: Caller = { may: () => false };

/** Name and password with each call, as `authorization: Basic ...`. */
export class SignedInAccess implements Access {
  constructor(
    private readonly users: { signIn(name: string, password: string): Promise<User | undefined> },
    private readonly permissions: Permissions,
  ) {}

  callerOf(headers: Metadata): Caller | Promise<Caller> {
    const header = headers.get('authorization')[0]?.toString() ?? '';
    const encoded = BASIC.exec(header)?.[1];
    return encoded === undefined ? NOBODY : this.#signIn(Buffer.from(encoded, 'base64').toString('utf8'));
  }

  async #signIn(nameAndPassword: string): Promise<Caller> {
    const colon = nameAndPassword.indexOf(':');
    if (colon < 0) return NOBODY;
    const user = await this.users.signIn(nameAndPassword.slice(0, colon), nameAndPassword.slice(colon + 1));
    if (user === undefined) throw unauthenticated();
    return { may: (action: Action, stream: string) => this.permissions.allows(user, action, stream) };
  }
}
