import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ReplayRange } from '../../domain/replay/replay.js';
import { Clock } from '../../ports/clock.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { appendReplay } from '../../streams/replay-streams.js';
import type { Caller } from '../../streams/stream-kind.js';

/** Looks at postings again, and posts what the ERP does not have. Answers with the id of the replay. */
export class StartReplay extends Command<string> {
  constructor(
    readonly connector: string,
    /** Without an end it is what is there now. */
    readonly range: Omit<ReplayRange, 'to'> & { readonly to: Position | null },
    readonly dryRun: boolean,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(StartReplay)
export class StartReplayHandler implements ICommandHandler<StartReplay> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ connector, range, dryRun, caller }: StartReplay): Promise<string> {
    const id = randomUUID();
    const head = await this.store.head(['valuation-']);
    const to = range.to !== null && range.to < head ? range.to : head;
    const requested = { type: 'ReplayRequested', connector, range: { ...range, to }, dryRun } as const;
    await appendReplay(this.store, id, -1, requested, { at: this.clock.now(), caller });
    return id;
  }
}
