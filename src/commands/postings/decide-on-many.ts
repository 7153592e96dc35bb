import { Inject } from '@nestjs/common';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WantedOfMany } from '../../domain/delivery/decisions/events.js';
import { type ManyDecision, waitsForSecond, writtenOffAlone } from '../../domain/delivery/decisions/state.js';
import { sumOf, WriteOffLimit } from '../../domain/delivery/worth.js';
import { Rejected } from '../../domain/rejected.js';
import { Clock } from '../../ports/clock.js';
import { EventStore } from '../../ports/event-store.js';
import { readBacklog } from '../../streams/backlog.js';
import { DecisionsLog } from '../../streams/decision-streams.js';
import { type DecisionView, viewOf } from '../../streams/decision-view.js';
import type { Caller } from '../../streams/stream-kind.js';

/** A person's decision about all postings that match: those parked now, and those held back behind them. */
export class DecideOnMany extends Command<DecisionView | Rejected> {
  constructor(
    readonly connector: string,
    readonly wanted: WantedOfMany,
    /** Only says what it would be about. */
    readonly dryRun: boolean,
    readonly caller: Caller,
  ) {
    super();
  }
}

/** Another person agrees, or somebody calls it off. */
export class ChangeDecision extends Command<DecisionView | Rejected> {
  constructor(
    readonly connector: string,
    readonly id: string,
    readonly change: 'approve' | 'end',
    readonly comment: string,
    readonly caller: Caller,
  ) {
    super();
  }
}

@CommandHandler(DecideOnMany)
export class DecideOnManyHandler implements ICommandHandler<DecideOnMany> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(WriteOffLimit) private readonly limit: WriteOffLimit,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ connector, wanted, dryRun, caller }: DecideOnMany): Promise<DecisionView | Rejected> {
    const log = new DecisionsLog(this.store, connector);
    while (true) {
      await log.readOn();
      const known = log.decisions.get(wanted.id);
      if (known !== undefined) return isSame(known, wanted) ? viewOf(this.store, log, known) : reused(wanted.id);
      const { actor } = caller;
      const at = this.clock.now();
      const upTo = await this.store.head([]);
      const backlog = await readBacklog(this.store, connector, wanted.filter, null);
      const isLarge = this.limit.isExceededByAny(
        sumOf(writtenOffAlone(log, actor, at), backlog.parked.worth, backlog.heldBack.worth),
      );
      const needsTwo = wanted.decision === 'write-off' && isLarge;
      const made = { wanted, actor, at, upTo, limit: this.limit.toString(), needsTwo };
      if (dryRun) return { connector, decision: { ...made, ...UNTOUCHED }, backlog, position: upTo };
      if (!(await log.append({ type: 'DecisionMade', ...made }, at, caller.correlationId))) continue;
      return { connector, decision: { ...made, ...UNTOUCHED }, backlog, position: log.position };
    }
  }
}

@CommandHandler(ChangeDecision)
export class ChangeDecisionHandler implements ICommandHandler<ChangeDecision> {
  constructor(
    @Inject(EventStore) private readonly store: EventStore,
    @Inject(Clock) private readonly clock: Clock,
  ) {}

  async execute({ connector, id, change, comment, caller }: ChangeDecision): Promise<DecisionView | Rejected> {
    const log = new DecisionsLog(this.store, connector);
    const { actor, correlationId } = caller;
    while (true) {
      await log.readOn();
      const decision = log.decisions.get(id);
      if (decision === undefined) throw new Error(`${connector} has no decision ${id}`);
      if (isSo(decision, change, actor)) return viewOf(this.store, log, decision);
      if (change === 'approve' && !(waitsForSecond(decision) && decision.endedBy === null)) return notProposed(id);
      const event = { type: change === 'approve' ? 'DecisionApproved' : 'DecisionEnded', id, actor, comment } as const;
      if (!(await log.append(event, this.clock.now(), correlationId))) continue;
      return viewOf(this.store, log, log.decisions.get(id) ?? decision);
    }
  }
}

/** Nothing is changed by saying it again, nor by agreeing with oneself. */
const isSo = ({ approvedBy, endedBy, actor: madeBy }: ManyDecision, change: 'approve' | 'end', actor: string) =>
  change === 'end' ? endedBy !== null : approvedBy !== null || madeBy === actor;

const isSame = ({ wanted }: ManyDecision, again: WantedOfMany): boolean =>
  JSON.stringify(wanted) === JSON.stringify(again);

const reused = (id: string): Rejected =>
  new Rejected('id-reused', 'Another decision has been made under this id.', { id });

const notProposed = (id: string): Rejected =>
  new Rejected('not-proposed', 'This decision does not wait for a second person.', { id });

const UNTOUCHED = { approvedBy: null, endedBy: null, applied: 0, appliedWorth: new Map(), carriedOut: new Map() };
