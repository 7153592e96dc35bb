import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { SetPolicy as SetStockPolicy } from '../domain/stock/commands.js';
import type { Policy } from '../domain/stock/state.js';
import type { StockKey } from '../domain/values/identifiers.js';
import { stockStream } from '../domain/values/identifiers.js';
import { type PolicyAnswer, readPolicy } from '../streams/policy-reader.js';
import { StockTransactor } from '../streams/stock-streams.js';
import type { Caller } from '../streams/stream-kind.js';

/** So many channels may have units kept for them at one location: each is looked at for every promise. */
export const MAX_PROTECTED_CHANNELS = 100;

/** The change would leave so many channels protected, more than {@link MAX_PROTECTED_CHANNELS}. */
export class TooManyChannels {
  constructor(readonly channels: number) {}
}

/** Sets what is named and leaves the rest. */
export class SetPolicy extends Command<PolicyAnswer | TooManyChannels> {
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
  /** One change of a stream at a time, so that its channels are counted after those of the one before. */
  private readonly underWay = new Map<string, Promise<unknown>>();

  constructor(@Inject(StockTransactor) private readonly streams: StockTransactor) {}

  execute(command: SetPolicy): Promise<PolicyAnswer | TooManyChannels> {
    const stream = stockStream(command.key);
    const before = this.underWay.get(stream) ?? Promise.resolve();
    const change = before.then(() => this.set(command));
    const done = change
      .catch(() => undefined)
      .then(() => {
        if (this.underWay.get(stream) === done) this.underWay.delete(stream);
      });
    this.underWay.set(stream, done);
    return change;
  }

  private async set({ key, wanted, caller }: SetPolicy): Promise<PolicyAnswer | TooManyChannels> {
    const present = await readPolicy(this.streams, key);
    const channels = protectedChannels(present.policy, wanted).size;
    if (channels > MAX_PROTECTED_CHANNELS) return new TooManyChannels(channels);
    const command: SetStockPolicy = { type: 'set-policy', changeId: caller.correlationId, ...wanted };
    await this.streams.execute(stockStream(key), command, caller);
    return readPolicy(this.streams, key);
  }
}

function protectedChannels({ protections }: Policy, wanted: SetPolicy['wanted']): ReadonlySet<string> {
  const channels = new Set(protections.keys());
  for (const [channel, quantity] of wanted.protections ?? []) {
    if (quantity === 0) channels.delete(channel);
    else channels.add(channel);
  }
  return channels;
}
