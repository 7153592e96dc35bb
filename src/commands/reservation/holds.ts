import type { CartHold } from '../../domain/reservation/process/events.js';
import type { HoldCommand } from '../../domain/stock/commands.js';
import { holdKey } from '../../domain/stock/event-keys.js';
import type { StockEvent } from '../../domain/stock/events.js';
import type { StockState } from '../../domain/stock/state.js';
import { stockStream } from '../../domain/values/identifiers.js';
import type { StockTransactor } from '../../streams/stock-streams.js';
import type { Caller, Outcome } from '../../streams/stream-kind.js';

/** What a command did to a hold, now or the first time it was sent; or how the hold had ended without it. */
export type HoldOutcome =
  | { readonly kind: 'done'; readonly event: StockEvent | undefined }
  | { readonly kind: 'sold' }
  /** Expired, cancelled or never made. */
  | { readonly kind: 'gone' }
  | { readonly kind: 'exceeded'; readonly held: number };

/** Carries out one command on a hold of a cart; the same command again has the same outcome. */
export async function onHold(
  stock: StockTransactor,
  hold: CartHold,
  command: HoldCommand,
  caller: Caller,
): Promise<HoldOutcome> {
  const outcome = await stock.execute(stockStream(hold), command, caller);
  if (outcome.status !== 'rejected') return done(command, outcome);
  const { code, facts } = outcome.rejection;
  if (code === 'fulfil-exceeds-hold') return { kind: 'exceeded', held: Number(facts.held) };
  return (await isSold(stock, hold)) ? { kind: 'sold' } : { kind: 'gone' };
}

/** A cancellation finds whatever ended the hold under its own key. */
function done(command: HoldCommand, outcome: Exclude<Outcome<StockEvent>, { status: 'rejected' }>): HoldOutcome {
  const event = outcome.status === 'known' ? outcome.recorded.event : outcome.events[0]?.event;
  if (command.type !== 'cancel-hold' || event === undefined) return { kind: 'done', event };
  if (event.type === 'Fulfilled') return { kind: 'sold' };
  const reason = command.reason ?? 'cancelled';
  return event.type === 'Released' && event.reason === reason ? { kind: 'done', event } : { kind: 'gone' };
}

const isSold = (stock: StockTransactor, { sku, location, reference }: CartHold): Promise<boolean> =>
  stock.read<boolean>(stockStream({ sku, location }), async (stream) => {
    const state: StockState = stream.state;
    if (state.holds.get(reference) !== undefined) return false;
    const [ending] = await stream.eventsUnder(holdKey.ended(reference));
    return ending?.event.type === 'Fulfilled';
  });

/** Gives all of them back; what is gone already is given back. */
export async function releaseAll(stock: StockTransactor, holds: readonly CartHold[], caller: Caller): Promise<void> {
  const release = ({ reference }: CartHold) => ({ type: 'cancel-hold', reference }) as const;
  await Promise.all(holds.map((hold) => stock.execute(stockStream(hold), release(hold), caller)));
}
