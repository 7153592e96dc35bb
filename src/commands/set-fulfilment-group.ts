import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ClientId, LocationId } from '../domain/values/identifiers.js';
import type { Position } from '../ports/event-store.js';
import { FulfilmentTransactor, fulfilmentStream } from '../streams/fulfilment-streams.js';
import type { Caller } from '../streams/stream-kind.js';

/** From now on the group has these locations, in this order of sourcing. Answers with the position that shows it. */
export class SetFulfilmentGroup extends Command<Position> {
  constructor(
    readonly group: ClientId,
    readonly locations: readonly LocationId[],
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(SetFulfilmentGroup)
export class SetFulfilmentGroupHandler implements ICommandHandler<SetFulfilmentGroup> {
  constructor(@Inject(FulfilmentTransactor) private readonly groups: FulfilmentTransactor) {}

  async execute({ group, locations, caller }: SetFulfilmentGroup): Promise<Position> {
    const command = { type: 'set-group', changeId: caller.correlationId, locations } as const;
    const outcome = await this.groups.execute(fulfilmentStream(group), command, caller);
    if (outcome.status === 'rejected') throw new Error(`A group was refused: ${outcome.rejection.detail}`);
    return outcome.status === 'known' ? outcome.recorded.position : outcome.position;
  }
}
