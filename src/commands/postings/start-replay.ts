import { randomUUID } from 'node:crypto';
import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { ChartChange, ReplayRange, RulesChange } from '../../domain/replay/replay.js';
import { formatInstant } from '../../domain/values/instant.js';
import { Clock } from '../../ports/clock.js';
import { EventStore, type Position } from '../../ports/event-store.js';
import { appendReplay } from '../../streams/replay-streams.js';
import type { Caller } from '../../streams/stream-kind.js';

/** Without a date it is today. */
export type UndatedChange = (Omit<RulesChange, 'date'> | Omit<ChartChange, 'date'>) & { readonly date?: string };

/** Looks at postings again, and posts what the ERP does not have. Answers with the id of the replay. */
export class StartReplay extends Command<string> {
  constructor(
    readonly connector: string,
    /** Without an end it is what is there now. */
    readonly range: Omit<ReplayRange, 'to'> & { readonly to: Position | null },
    readonly dryRun: boolean,
    readonly caller: Caller,
    /** What is to be posted otherwise from now on; dated today when it says no date. */
    readonly change?: UndatedChange,
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

  async execute({ connector, range, dryRun, caller, change }: StartReplay): Promise<string> {
    const id = randomUUID();
    const head = await this.store.head(['valuation-']);
    const to = range.to !== null && range.to < head ? range.to : head;
    const at = this.clock.now();
    const today = formatInstant(at).slice(0, 10);
    const changes = change === undefined ? {} : { change: { date: today, ...change } };
    const requested = { type: 'ReplayRequested', connector, range: { ...range, to }, dryRun, ...changes } as const;
    await appendReplay(this.store, id, -1, requested, { at, caller });
    return id;
  }
}
