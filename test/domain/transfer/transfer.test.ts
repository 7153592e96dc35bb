import { describe, expect, it } from 'vitest';
import { Rejected } from '../../../src/domain/rejected.js';
import type { Disposition } from '../../../src/domain/stock/events.js';
import { decodeTransferEvent, encodeTransferEvent } from '../../../src/domain/transfer/codec.js';
import { commandKey, type TransferCommand } from '../../../src/domain/transfer/commands.js';
import { eventKey, transferDecider } from '../../../src/domain/transfer/decider.js';
import type { TransferEvent } from '../../../src/domain/transfer/events.js';
import { arrivalMovementId } from '../../../src/domain/transfer/ids.js';
import { arrivalLeg, shortageLeg } from '../../../src/domain/transfer/leg.js';
import { nextStep } from '../../../src/domain/transfer/steps.js';
import { isSameRequest, type Transfer, transferOf } from '../../../src/domain/transfer/transfer.js';
import type { ClientId, LocationId, Sku } from '../../../src/domain/values/identifiers.js';

const NOON = Date.UTC(2026, 10, 20, 12);
const id = (text: string) => text as ClientId;
const line = (sku: string, quantity: number) => ({ sku: sku as Sku, quantity });
const ROUTE = { from: 'DEPOT' as LocationId, to: 'STORE' as LocationId };

const request = (...lines: readonly ReturnType<typeof line>[]): TransferCommand & { type: 'request-transfer' } => ({
  type: 'request-transfer',
  id: id('t-1'),
  ...ROUTE,
  lines,
  dueAt: null,
});
const report = (
  receipt: string,
  lines: Readonly<Record<string, number>>,
  { closes = false, disposition = 'sellable' as Disposition } = {},
): TransferCommand => ({
  type: 'report-receipt',
  id: id(receipt),
  lines: Object.entries(lines).map(([sku, quantity]) => ({ ...line(sku, quantity), disposition })),
  closes,
});
const dispatched: TransferCommand = { type: 'finish-dispatch', remarks: [], stockPosition: 2n };
const received = (receipt: string): TransferCommand => ({
  type: 'finish-receipt',
  receiptId: id(receipt),
  stockPosition: 3n,
});
const closed: TransferCommand = { type: 'finish-closing', stockPosition: 4n };

/** One transfer's stream: commands decided one after the other. */
class TransferStory {
  readonly events: TransferEvent[] = [];
  state = transferDecider.initial;

  given(...commands: readonly TransferCommand[]): this {
    for (const command of commands) this.decide(command);
    return this;
  }

  decide(command: TransferCommand): readonly TransferEvent[] | Rejected {
    const decision = transferDecider.decide(this.state, command, { now: NOON });
    if (decision instanceof Rejected) return decision;
    this.events.push(...decision);
    this.state = decision.reduce(transferDecider.evolve, this.state);
    return decision;
  }

  get transfer(): Transfer {
    const { requested } = this.state;
    if (requested === undefined) throw new Error('nobody asked for a transfer');
    return transferOf(requested, this.state);
  }

  get nextStep() {
    return nextStep(this.state)?.kind;
  }
}

const sent = (...lines: readonly ReturnType<typeof line>[]) => new TransferStory().given(request(...lines), dispatched);

describe('a transfer', () => {
  it('is in transit from the moment it is asked for', () => {
    const story = new TransferStory();
    expect(story.decide(request(line('MUG', 5)))).toEqual([
      { type: 'Requested', occurredAt: NOON, id: 't-1', ...ROUTE, lines: [line('MUG', 5)], dueAt: null },
    ]);
    expect(story.transfer).toMatchObject({ status: 'in-transit', lines: [{ quantity: 5, received: 0, open: 5 }] });
    expect(story.decide(request(line('MUG', 5)))).toEqual([]);
  });

  it('is received once everything has come, in whatever condition', () => {
    const story = sent(line('MUG', 5)).given(report('r-1', { MUG: 3 }));
    expect(story.transfer).toMatchObject({ status: 'in-transit', lines: [{ received: 3, open: 2 }] });
    story.given(report('r-2', { MUG: 2 }, { disposition: 'damaged' }));
    expect(story.transfer).toMatchObject({ status: 'received', lines: [{ received: 5, open: 0 }] });
    expect(story.transfer.lines[0]).not.toHaveProperty('discrepancy');
  });

  it('that brings more, or something else, shows it', () => {
    const story = sent(line('MUG', 5)).given(report('r-1', { MUG: 6, CUP: 1 }));
    expect(story.transfer.lines).toMatchObject([
      { sku: 'MUG', quantity: 5, received: 6, open: 0, discrepancy: 1 },
      { sku: 'CUP', quantity: 0, received: 1, open: 0, discrepancy: 1 },
    ]);
  });

  it('that is closed expects nothing more, and says what is missing', () => {
    const story = sent(line('MUG', 5), line('CUP', 1)).given(report('r-1', { MUG: 3, CUP: 1 }, { closes: true }));
    expect(story.transfer).toMatchObject({
      status: 'closed',
      lines: [{ received: 3, open: 0, discrepancy: -2 }, { received: 1 }],
    });
    expect(story.given(received('r-1')).decide(closed)).toMatchObject([
      { type: 'Closed', receiptId: 'r-1', shortages: [line('MUG', 2)] },
    ]);
    story.given(report('r-2', { MUG: 1 }));
    expect(story.transfer).toMatchObject({ status: 'closed', lines: [{ received: 4, open: 0, discrepancy: -1 }, {}] });
  });

  it('remembers what the source remarked', () => {
    const remarks = [{ sku: 'MUG' as Sku, exceptions: ['oversold' as const] }];
    const story = new TransferStory().given(request(line('MUG', 5)), { ...dispatched, remarks } as TransferCommand);
    expect(story.transfer.lines[0]?.exceptions).toEqual(['oversold']);
  });

  it('that nobody asked for refuses everything else', () => {
    for (const command of [report('r-1', { MUG: 1 }), dispatched, received('r-1'), closed]) {
      expect(new TransferStory().decide(command)).toMatchObject({ code: 'unknown-transfer' });
    }
  });

  it('asked for in the same words is the same, in whatever order its lines are', () => {
    const { requested } = sent(line('MUG', 5), line('CUP', 1)).state;
    if (requested === undefined) throw new Error('nobody asked for a transfer');
    expect(isSameRequest(request(line('CUP', 1), line('MUG', 5)), requested)).toBe(true);
    expect(isSameRequest(request(line('CUP', 5), line('MUG', 1)), requested)).toBe(false);
    expect(isSameRequest(request(line('MUG', 5)), requested)).toBe(false);
    expect(isSameRequest({ ...request(line('MUG', 5), line('CUP', 1)), dueAt: NOON }, requested)).toBe(false);
  });
});

describe('what stands open', () => {
  it('is done in one order: dispatch, receipts, close', () => {
    const story = new TransferStory().given(request(line('MUG', 5)), report('r-1', { MUG: 1 }));
    story.given(report('r-2', { MUG: 1 }, { closes: true }));
    expect(story.nextStep).toBe('dispatch');
    expect(story.given(dispatched).nextStep).toBe('receive');
    expect(story.given(received('r-2')).nextStep).toBe('receive');
    expect(story.given(received('r-1')).nextStep).toBe('close');
    expect(story.given(closed).nextStep).toBeUndefined();
    expect(story.state.stockPosition).toBe(4n);
  });

  it('is over once: a second end of a step is no event', () => {
    const story = sent(line('MUG', 5)).given(report('r-1', { MUG: 1 }, { closes: true }), received('r-1'), closed);
    for (const command of [dispatched, received('r-1'), received('r-9'), closed])
      expect(story.decide(command)).toEqual([]);
  });

  it('is only the close, when nothing came with it', () => {
    const story = sent(line('MUG', 5)).given(report('r-1', {}, { closes: true }));
    expect(story.nextStep).toBe('close');
  });

  it('of a second close is nothing', () => {
    const story = sent(line('MUG', 5)).given(report('r-1', {}, { closes: true }), closed);
    story.given(report('r-2', { MUG: 1 }, { closes: true }), received('r-2'));
    expect(story.nextStep).toBeUndefined();
    expect(story.state.closing?.shortages).toEqual([line('MUG', 5)]);
  });
});

describe('the units of a receipt', () => {
  const arrival = (receipt: string, disposition: Disposition = 'sellable') =>
    arrivalMovementId(id('t-1'), id(receipt), disposition);
  const MUG = 'MUG' as Sku;

  it('have their place in the order of the transfer, whenever the goods were booked', () => {
    const story = sent(line('MUG', 5)).given(report('r-1', { MUG: 2 }), report('r-2', { MUG: 2, CUP: 1 }));
    story.given(report('r-3', { MUG: 1 }, { closes: true }), received('r-3'), report('r-4', { MUG: 1 }));
    const legs = ['r-1', 'r-2', 'r-3', 'r-4'].map((receipt) => arrivalLeg(story.events, MUG, arrival(receipt)));
    expect(legs).toEqual([
      { sent: 5, before: 0, units: 2, isAfterClose: false },
      { sent: 5, before: 2, units: 2, isAfterClose: false },
      { sent: 5, before: 4, units: 1, isAfterClose: false },
      { sent: 5, before: 5, units: 1, isAfterClose: true },
    ]);
    expect(arrivalLeg(story.events, 'CUP' as Sku, arrival('r-2'))).toMatchObject({ sent: 0, before: 0, units: 1 });
    expect(arrivalLeg(story.events, MUG, arrival('r-2', 'damaged'))).toBeUndefined();
    expect(arrivalLeg(story.events, MUG, id('r-1'))).toBeUndefined();
  });

  it('that never came are the last ones', () => {
    const story = sent(line('MUG', 5)).given(report('r-1', { MUG: 2 }));
    expect(shortageLeg(story.events, MUG)).toBeUndefined();
    story.given(report('r-2', { MUG: 1 }, { closes: true }), report('r-3', { MUG: 2 }));
    expect(shortageLeg(story.events, MUG)).toEqual({ sent: 5, before: 3, units: 2, isAfterClose: false });
  });
});

describe('the stored form', () => {
  it('comes back as it was', () => {
    const story = new TransferStory().given({ ...request(line('MUG', 5)), dueAt: NOON + 1 }, dispatched);
    story.given(report('r-1', { MUG: 3 }, { closes: true }), received('r-1'), closed);
    for (const event of story.events) {
      const { type, data, occurredAt } = encodeTransferEvent(event);
      const stored = JSON.parse(JSON.stringify({ type, data, metadata: { occurredAt } }));
      expect(decodeTransferEvent(stored)).toEqual(event);
    }
    expect(() => decodeTransferEvent({ type: 'Lost', data: {}, metadata: {} })).toThrow('Lost');
  });

  it('finds the event of every command by its key', () => {
    const commands = [request(line('MUG', 5)), dispatched, report('r-1', { MUG: 3 }, { closes: true })];
    const story = new TransferStory();
    for (const command of [...commands, received('r-1'), closed]) {
      const decision = story.decide(command);
      if (decision instanceof Rejected) throw new Error(decision.detail);
      expect(decision.map(eventKey)).toEqual([commandKey(command)]);
    }
  });
});
