import { Rejected } from '../rejected.js';
import type { Instant } from '../values/instant.js';
import type { CancelSupply, ExpectSupply, SetPolicy } from './commands.js';
import type { PolicyEvent, StockEvent } from './events.js';
import type { Policy, StockState } from './state.js';

export function expectSupply(
  { supplies }: StockState,
  { changeId, supplyId, quantity, dueAt }: ExpectSupply,
  now: Instant,
): readonly StockEvent[] {
  const known = supplies.get(supplyId);
  if (known?.quantity === quantity && known.dueAt === dueAt) return [];
  const open = Math.max(0, quantity - (known?.received ?? 0));
  const change = { changeId, occurredAt: now, supplyId, quantity, dueAt, open };
  // What was cancelled, or only received so far, is announced anew.
  if (known === undefined || known.quantity === 0) return [{ type: 'SupplyScheduled', ...change }];
  return [{ type: 'SupplyChanged', ...change, was: supplies.openOf(supplyId) }];
}

export function cancelSupply(
  { supplies }: StockState,
  { changeId, supplyId }: CancelSupply,
  now: Instant,
): readonly StockEvent[] | Rejected {
  const known = supplies.get(supplyId);
  if (known === undefined)
    return new Rejected('unknown-supply', 'Nothing is expected under this id.', { id: supplyId });
  if (known.quantity === 0) return [];
  return [{ type: 'SupplyCancelled', changeId, occurredAt: now, supplyId, was: supplies.openOf(supplyId) }];
}

/** So many channels may have units kept for them at one location: each is looked at for every promise. */
export const MAX_PROTECTED_CHANNELS = 100;

export function setPolicy({ policy }: StockState, command: SetPolicy, now: Instant): readonly StockEvent[] | Rejected {
  const channels = protectedChannels(policy, command);
  if (channels > MAX_PROTECTED_CHANNELS) {
    return new Rejected('too-many-channels', `Units would be kept for ${channels} channels.`, { channels });
  }
  const change = { changeId: command.changeId, occurredAt: now };
  const events: PolicyEvent[] = [];
  const { safetyStock = policy.safetyStock, lowStockThreshold = policy.lowStockThreshold } = command;
  if (safetyStock !== policy.safetyStock || lowStockThreshold !== policy.lowStockThreshold) {
    events.push({ type: 'SafetyStockSet', ...change, quantity: safetyStock, lowStockThreshold });
  }
  for (const [channel, quantity] of command.protections ?? []) {
    if (quantity !== (policy.protections.get(channel) ?? 0)) {
      events.push({ type: 'ProtectionSet', ...change, channel, quantity });
    }
  }
  return events;
}

function protectedChannels({ protections }: Policy, { protections: wanted }: SetPolicy): number {
  const channels = new Set(protections.keys());
  for (const [channel, quantity] of wanted ?? []) {
    if (quantity === 0) channels.delete(channel);
    else channels.add(channel);
  }
  return channels.size;
}
