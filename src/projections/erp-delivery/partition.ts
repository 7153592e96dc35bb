import type { DeliveryHappening } from '../../domain/delivery/events.js';
import type { Standstill } from '../../domain/delivery/state.js';
import type { Clock } from '../../ports/clock.js';
import type { EventStore, Position } from '../../ports/event-store.js';
import { START } from '../../ports/event-store.js';
import { DeliveryDelayed, type ErpGate } from './erp-gate.js';
import { PartitionLog } from './partition-log.js';
import { Sender } from './sender.js';
import { type Delay, deferred, parked, placeOf, type Settled } from './settling.js';
import { type HeldBack, StandstillReader } from './standstill-reader.js';
import { Troubles } from './troubles.js';
import { isCorrection, type ValuationItem } from './valuation-item.js';

/** Batches of what stands still that go out in one turn, so that news gets its own soon. */
const BATCHES_A_TURN = 20;

/** Delivers the postings of one partition in order, and records what has been done before going on. */
export class Partition {
  private readonly log: PartitionLog;
  private readonly sender: Sender;
  private readonly reader: StandstillReader;
  private readonly troubles: Troubles;
  /** Streams that were put off and then got something that should not wait. */
  private readonly urgent = new Set<string>();
  /** Everything up to here has been looked at: it is delivered, or its stream stands still. */
  private handled: Position = START;

  constructor(
    store: EventStore,
    private readonly gate: ErpGate,
    stream: string,
    clock: Clock,
  ) {
    this.log = new PartitionLog(store, stream, clock);
    this.sender = new Sender(gate);
    this.reader = new StandstillReader(store, gate.connector, clock);
    this.troubles = new Troubles(() => clock.now());
  }

  get stream(): string {
    return this.log.stream;
  }

  get revision(): number {
    return this.log.state.revision;
  }

  /** @param checkpoint everything up to there has been looked at */
  async load(checkpoint: Position): Promise<void> {
    await this.log.load();
    const { position } = this.log.state;
    this.handled = position > checkpoint ? position : checkpoint;
    this.sender.startAnew();
  }

  /** Takes in what others wrote: people, and a second poster. */
  async readOn(): Promise<void> {
    await this.log.readOn();
    const { position } = this.log.state;
    if (position <= this.handled) return;
    this.handled = position;
    this.sender.startAnew();
  }

  /**
   * @param upTo there is nothing but these items up to here
   * @param isBehind corrections may be put off
   * @throws DeliveryDelayed, FencedOff: load again before the next delivery
   */
  async deliver(items: readonly ValuationItem[], upTo: Position, isBehind: boolean): Promise<void> {
    let queue = this.notHeldBack(items.filter(({ position }) => position > this.handled));
    if (isBehind) queue = await this.putOff(queue);
    // Those that failed alone: whether they are to blame is known once another goes through.
    let aside: Delay[] = [];
    while (queue.length > 0) {
      const batch = this.sender.batch(queue);
      const settled = await this.send(batch, aside);
      if (isFailure(settled)) {
        if (batch.length > 1) continue;
        aside.push(...settled.delayed);
        queue = queue.filter(({ stream }) => stream !== batch[0]?.stream);
      } else {
        await this.record(
          [...this.blame(aside), ...this.happeningsOf(settled)],
          batch.at(-1)?.position ?? this.handled,
        );
        aside = [];
        queue = this.notHeldBack(queue.slice(batch.length));
      }
    }
    await this.record(this.suspect(aside), upTo);
    if (upTo > this.handled) this.handled = upTo;
  }

  /** Goes on with what stands still and waits for nobody, until all is done or it is time for news. */
  async resume(isBehind: boolean): Promise<void> {
    try {
      for (let batch = 0; batch < (isBehind ? 1 : BATCHES_A_TURN); batch += 1) {
        if (!(await this.resumeBatch())) return;
      }
    } catch (error) {
      // It is tried again with the next news, or in a second.
      if (!(error instanceof DeliveryDelayed)) throw error;
    }
  }

  private async resumeBatch(): Promise<boolean> {
    const held = await this.readStandstills();
    if (held.length === 0) return false;
    const items = held.flatMap((each) => each.items);
    const batch = this.sender.batch(items);
    const settled = batch.length === 0 ? NOTHING : await this.sender.send(batch);
    if (isFailure(settled) && batch.length > 1) return true;
    const happenings = this.happeningsOf(settled, isFailure(settled) ? 0 : 1);
    const caughtUp = held.flatMap((each) => this.progress(each, batch, settled));
    const delivered = this.delivered(settled.delivered, caughtUp);
    await this.record([...delivered, ...happenings.filter(({ type }) => type !== 'Delivered')], this.handled);
    for (const { stream, next } of caughtUp) if (next === null) this.urgent.delete(stream);
    return true;
  }

  /** What fills a batch; streams with something urgent come first. */
  private async readStandstills(): Promise<readonly HeldBack[]> {
    const held: HeldBack[] = [];
    const limit = this.sender.batchLimit;
    let postings = 0;
    for (const [stream, standstill] of this.dueStandstills()) {
      const each = await this.reader.read(stream, standstill, this.handled, limit);
      held.push(each);
      postings += each.items.reduce((sum, item) => sum + item.postings.length, 0);
      if (postings >= limit) break;
    }
    return held;
  }

  private *dueStandstills(): Generator<[string, Standstill]> {
    const { standstills } = this.log.state;
    const isDue = (stream: string, { parked }: Standstill) => parked === undefined && this.troubles.isDue(stream);
    for (const stream of this.urgent) {
      const standstill = standstills.get(stream);
      if (standstill !== undefined && isDue(stream, standstill)) yield [stream, standstill];
    }
    for (const [stream, standstill] of standstills) {
      if (!this.urgent.has(stream) && isDue(stream, standstill)) yield [stream, standstill];
    }
  }

  /** How far a stream has got that stood still; nothing when it has not moved. */
  private progress({ stream, items, next }: HeldBack, batch: readonly ValuationItem[], settled: Settled) {
    const stoppedAt = [...settled.refused, ...settled.delayed].find(({ item }) => item.stream === stream)?.item;
    const left = items.find((item) => item === stoppedAt || !batch.includes(item));
    const from = left === undefined ? next : left.revision;
    return from === this.log.state.standstills.get(stream)?.from ? [] : [{ stream, next: from }];
  }

  private notHeldBack(items: readonly ValuationItem[]): readonly ValuationItem[] {
    const { standstills } = this.log.state;
    if (standstills.size === 0) return items;
    return items.filter((item) => {
      const standstill = standstills.get(item.stream);
      if (standstill !== undefined && !isCorrection(item)) this.urgent.add(item.stream);
      return standstill === undefined;
    });
  }

  /** Corrections of streams that have nothing else to deliver let the others go first. */
  private async putOff(items: readonly ValuationItem[]): Promise<readonly ValuationItem[]> {
    const pressing = new Set(items.filter((item) => !isCorrection(item)).map(({ stream }) => stream));
    const firsts = new Map<string, ValuationItem>();
    for (const item of items) if (!pressing.has(item.stream) && !firsts.has(item.stream)) firsts.set(item.stream, item);
    if (firsts.size === 0) return items;
    await this.record([{ type: 'Deferred', valuations: [...firsts.values()].map(placeOf) }], this.handled);
    return this.notHeldBack(items);
  }

  private async send(batch: readonly ValuationItem[], aside: readonly Delay[]): Promise<Settled> {
    try {
      return await this.sender.send(batch);
    } catch (error) {
      // What kept the ERP from answering is on record with those that noticed.
      await this.record(this.suspect(aside), this.handled);
      throw error;
    }
  }

  private async record(happenings: readonly DeliveryHappening[], upTo: Position): Promise<void> {
    await this.log.record(happenings, upTo);
    if (happenings.length > 0 && upTo > this.handled) this.handled = upTo;
  }

  /** @param blame 1 when the ERP took others in the same call */
  private happeningsOf({ delivered, refused, delayed }: Settled, blame: 0 | 1 = 1): DeliveryHappening[] {
    const refusals = refused.map((refusal) => {
      const { item, wasAsked } = refusal;
      this.troubles.settled(item.stream);
      return parked(refusal, this.attemptsBefore(item) + (wasAsked ? 1 : 0));
    });
    const others = delivered.length + refused.length > 0;
    return [
      ...this.delivered(delivered, []),
      ...refusals,
      ...delayed.map((delay) => this.failed(delay, others && blame === 1)),
    ];
  }

  private delivered(
    items: readonly ValuationItem[],
    caughtUp: readonly { readonly stream: string; readonly next: number | null }[],
  ): DeliveryHappening[] {
    if (items.length === 0 && caughtUp.length === 0) return [];
    for (const { stream } of items) this.troubles.settled(stream);
    const refs = items.flatMap(({ postings }) => postings.map(({ ref }) => ref));
    const dates = this.datesOf(items);
    const { mapping } = this.gate.connector;
    return [
      {
        type: 'Delivered',
        refs,
        mapping,
        ...(caughtUp.length === 0 ? {} : { caughtUp }),
        ...(dates.length === 0 ? {} : { dates: Object.fromEntries(dates) }),
      },
    ];
  }

  /** The days of postings that were given another one. */
  private datesOf(items: readonly ValuationItem[]): [string, string][] {
    return items.flatMap(({ stream, revision, postings }) => {
      const standstill = this.log.state.standstills.get(stream);
      if (standstill?.from !== revision) return [];
      return postings
        .filter(({ ref }) => standstill.courses.get(ref)?.type === 'Redated')
        .map(({ ref, date }): [string, string] => [ref, date]);
    });
  }

  private blame = (delays: readonly Delay[]) => delays.map((delay) => this.failed(delay, true));
  private suspect = (delays: readonly Delay[]) => delays.map((delay) => this.failed(delay, false));

  private failed(delay: Delay, isBlamed: boolean): DeliveryHappening {
    const { item, ref, detail } = delay;
    const { successes } = this.gate;
    const before = this.attemptsBefore(item);
    const { attempts, isHopeless } = this.troubles.failed(item.stream, before, successes, isBlamed);
    if (!isHopeless) return deferred(delay, attempts);
    const code = 'NEEDS_HUMAN';
    this.troubles.settled(item.stream);
    return parked(
      { item, ref, code, detail: `It failed ${attempts} times while others went through: ${detail}` },
      attempts,
    );
  }

  private attemptsBefore({ stream, revision }: ValuationItem): number {
    const standstill = this.log.state.standstills.get(stream);
    return standstill?.from === revision ? standstill.attempts : 0;
  }
}

const NOTHING: Settled = { delivered: [], refused: [], delayed: [] };

/** Nothing came to an end. */
const isFailure = ({ delivered, refused, delayed }: Settled): boolean =>
  delivered.length + refused.length === 0 && delayed.length > 0;
