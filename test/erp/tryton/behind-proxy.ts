import { TrytonConnector, type TrytonOptions } from '../../../src/adapters/erp/tryton/tryton-connector.js';
import { QUIET } from '../../projections-valuation/shop.js';
import { Accountant } from './books.js';
import { FaultProxy } from './fault-proxy.mjs';
import { Tryton } from './tryton.mjs';

/** Tryton behind a proxy that can spoil the calls of whoever posts; the accountant goes past it. */
export class TrytonBehindProxy {
  private constructor(
    readonly tryton: Tryton,
    readonly proxy: FaultProxy,
    readonly accountant: Accountant,
  ) {}

  static async start(): Promise<TrytonBehindProxy> {
    const tryton = await Tryton.start();
    return new TrytonBehindProxy(tryton, await FaultProxy.start(tryton.url), new Accountant(tryton));
  }

  async stop(): Promise<void> {
    await this.proxy.refuse();
    await this.tryton.stop();
  }

  /** Through the proxy; not open yet. */
  connector(more: Pick<TrytonOptions, 'timeoutMs'> = {}): TrytonConnector {
    return new TrytonConnector({ ...this.tryton.account, url: this.proxy.url, ...more }, QUIET);
  }
}
