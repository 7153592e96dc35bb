import type { TrytonAccount } from '../../../src/adapters/erp/tryton/session.js';

export declare const DATABASE: string;

export declare class Tryton {
  static start(options?: { readonly port?: number }): Promise<Tryton>;
  readonly url: string;
  readonly port: number;
  readonly database: string;
  readonly folder: string;
  readonly log: string;
  readonly pid: number | undefined;
  readonly account: TrytonAccount;
  readonly accountant: TrytonAccount;
  restart(): Promise<void>;
  kill9(): Promise<void>;
  stop(): Promise<void>;
}
