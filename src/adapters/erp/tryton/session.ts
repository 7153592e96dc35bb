import { TrytonMisconfigured } from './fault.js';
import { JsonRpc, SessionEnded } from './json-rpc.js';

export interface TrytonAccount {
  /** Of the JSON-RPC endpoint of one database, posted to as it is, e.g. `http://erp.example:8000/company/`. */
  readonly url: string;
  readonly user: string;
  readonly password: string;
}

/** Calls models as one user, and logs in again whenever the ERP has ended the session. */
export class TrytonSession {
  private readonly rpc: JsonRpc;
  private authorization: Promise<string> | undefined;

  constructor(
    private readonly account: TrytonAccount,
    timeoutMs: number,
  ) {
    this.rpc = new JsonRpc(account.url, timeoutMs);
  }

  /**
   * @param method of a model, e.g. `account.move.create`
   * @param params the last one is the context
   * @throws TrytonRefusal, TrytonAway, TrytonMisconfigured
   */
  async call(method: string, ...params: readonly unknown[]): Promise<unknown> {
    const authorization = this.loggedIn();
    try {
      return await this.rpc.call(`model.${method}`, params, await authorization);
    } catch (error) {
      if (!(error instanceof SessionEnded)) throw error;
    }
    if (this.authorization === authorization) this.authorization = undefined;
    return await this.rpc.call(`model.${method}`, params, await this.loggedIn()).catch((error: unknown) => {
      throw error instanceof SessionEnded ? new TrytonMisconfigured('The ERP takes no session of this user.') : error;
    });
  }

  private loggedIn(): Promise<string> {
    this.authorization ??= this.logIn().catch((error: unknown) => {
      this.authorization = undefined;
      throw error;
    });
    return this.authorization;
  }

  private async logIn(): Promise<string> {
    const { user, password } = this.account;
    const refused = new TrytonMisconfigured(`The ERP does not let ${user} in: look at ERP_USER and ERP_PASSWORD.`);
    let session: unknown;
    try {
      session = await this.rpc.call('common.db.login', [user, { password }, 'en']);
    } catch (error) {
      throw error instanceof SessionEnded ? refused : error;
    }
    if (!Array.isArray(session)) throw refused;
    const [userId, key] = session;
    return `Session ${Buffer.from(`${user}:${userId}:${key}`).toString('base64')}`;
  }
}
