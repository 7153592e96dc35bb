import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Rejected } from '../domain/rejected.js';
import type { ClientId, StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import type { Instant } from '../domain/values/instant.js';
import { StockTransactor } from '../streams/stock-streams.js';
import type { Caller } from '../streams/stream-kind.js';
import { readSupply, type SupplyAnswer } from '../streams/supply-reader.js';

/** The supply as it is then, and the revision of the change when there was something to change. */
export type SupplyChange = SupplyAnswer & { readonly revision?: number };

/** Units are expected at a location, or other ones than were announced under this id; null when they no longer are. */
export class ExpectSupply extends Command<SupplyChange | Rejected> {
  constructor(
    readonly key: StockKey,
    readonly id: ClientId,
    /** `quantity` counts what has come already. */
    readonly expected: { readonly quantity: number; readonly dueAt: Instant } | null,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(ExpectSupply)
export class ExpectSupplyHandler implements ICommandHandler<ExpectSupply> {
  constructor(@Inject(StockTransactor) private readonly streams: StockTransactor) {}

  async execute({ key, id, expected, caller }: ExpectSupply): Promise<SupplyChange | Rejected> {
    // A request is one change: sent again it is another request, which finds that there is nothing to change.
    const change = { changeId: caller.correlationId, supplyId: id };
    const outcome = await this.streams.execute(
      stockStream(key),
      expected === null ? { type: 'cancel-supply', ...change } : { type: 'expect-supply', ...change, ...expected },
      caller,
    );
    if (outcome.status === 'rejected') return outcome.rejection;
    const supply = await readSupply(this.streams, key, id);
    if (supply === undefined) throw new Error('A supply that was changed is not there.');
    const changed = outcome.status === 'known' ? outcome.recorded : outcome.events[0];
    return changed === undefined ? supply : { ...supply, revision: changed.revision };
  }
}
