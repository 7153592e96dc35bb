import type { ExceptionCode } from '../stock/events.js';
import type { ClientId, LocationId, Sku } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import type { Requested } from './events.js';
import type { TransferState } from './state.js';

export type TransferStatus = 'in-transit' | 'received' | 'closed';

/** One SKU of a transfer as callers see it; a SKU that came without having been sent has quantity 0. */
export interface TransferLineView {
  readonly sku: Sku;
  readonly quantity: number;
  readonly received: number;
  /** Still expected; nothing after the close. */
  readonly open: number;
  /** Units that came beyond what was sent, or (below 0) that were missing at the close; absent when there are none. */
  readonly discrepancy?: number;
  readonly exceptions: readonly ExceptionCode[];
}

/** A transfer as callers see it. */
export interface Transfer {
  readonly id: ClientId;
  readonly status: TransferStatus;
  readonly from: LocationId;
  readonly to: LocationId;
  readonly lines: readonly TransferLineView[];
  readonly dueAt: Instant | null;
}

/** The transfer that a state shows. */
export function transferOf(requested: Requested, state: TransferState): Transfer {
  const { id, from, to, dueAt } = requested;
  const sent = new Map(requested.lines.map(({ sku, quantity }) => [sku, quantity]));
  const skus = new Set([...sent.keys(), ...state.received.keys()]);
  const lines = [...skus].map((sku) => lineOf(sku, sent.get(sku) ?? 0, state));
  return { id, status: statusOf(state, lines), from, to, lines, dueAt };
}

function statusOf({ closing }: TransferState, lines: readonly TransferLineView[]): TransferStatus {
  if (closing !== undefined) return 'closed';
  return lines.every(({ open }) => open === 0) ? 'received' : 'in-transit';
}

function lineOf(sku: Sku, quantity: number, { received: all, closing, dispatched }: TransferState): TransferLineView {
  const received = all.get(sku) ?? 0;
  const missing = Math.max(0, quantity - received);
  const open = closing === undefined ? missing : 0;
  const discrepancy = received - quantity + open;
  const exceptions = dispatched?.remarks.find((remark) => remark.sku === sku)?.exceptions ?? [];
  return { sku, quantity, received, open, ...(discrepancy === 0 ? {} : { discrepancy }), exceptions };
}

/** Whether two requests under one id ask for the same. Lines are in the order in which a SKU is first named. */
export function isSameRequest(command: Omit<Requested, 'type' | 'occurredAt'>, recorded: Requested): boolean {
  const { id, from, to, dueAt, lines } = recorded;
  const same = command.id === id && command.from === from && command.to === to && command.dueAt === dueAt;
  return same && sameLines(command.lines, lines);
}

/** Whether two lists hold the same lines, in whatever order. */
export function sameLines<Line extends { readonly sku: Sku; readonly quantity: number; readonly disposition?: string }>(
  some: readonly Line[],
  others: readonly Line[],
): boolean {
  const key = ({ sku, disposition, quantity }: Line) => `${sku}/${disposition ?? ''}/${quantity}`;
  const known = new Set(others.map(key));
  return some.length === others.length && some.every((line) => known.has(key(line)));
}
