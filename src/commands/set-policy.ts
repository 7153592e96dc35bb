import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { Rejected } from '../domain/rejected.js';
import type { SetPolicy as SetStockPolicy } from '../domain/stock/commands.js';
import type { StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import { type PolicyAnswer, readPolicy } from '../streams/policy-reader.js';
import { StockTransactor } from '../streams/stock-streams.js';
import type { Caller } from '../streams/stream-kind.js';

/** Sets what is named and leaves the rest. */
export class SetPolicy extends Command<PolicyAnswer | Rejected> {
  constructor(
    readonly key: StockKey,
    readonly wanted: Omit<SetStockPolicy, 'type' | 'changeId'>,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(SetPolicy)
export class SetPolicyHandler implements ICommandHandler<SetPolicy> {
  constructor(@Inject(StockTransactor) private readonly streams: StockTransactor) {}

  async execute({ key, wanted, caller }: SetPolicy): Promise<PolicyAnswer | Rejected> {
    const command: SetStockPolicy = { type: 'set-policy', changeId: caller.correlationId, ...wanted };
    const outcome = await this.streams.execute(stockStream(key), command, caller);
    return outcome.status === 'rejected' ? outcome.rejection : readPolicy(this.streams, key);
  }
}
