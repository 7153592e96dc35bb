import type { Instant } from '../values/instant.js';

export const COSTING_METHODS = ['moving-average', 'fifo'] as const;
export type CostingMethod = (typeof COSTING_METHODS)[number];

/** What is known of a SKU beside its stock; every part may be missing. */
export interface SkuData {
  /** E.g. of an ABC analysis, in the words of whoever says it. */
  readonly class?: string;
  readonly costing?: CostingMethod;
  /** What one of it is, e.g. `each` or `kg`. */
  readonly unit?: string;
}

/** Says what is named, and leaves the rest as it is. */
export type SkuDescribed = SkuData & {
  readonly type: 'SkuDescribed';
  /** Made by whoever asks for the change; the idempotency key. */
  readonly changeId: string;
  readonly occurredAt: Instant;
};

export function evolveSku(data: SkuData, { type: _, changeId: __, occurredAt: ___, ...said }: SkuDescribed): SkuData {
  return { ...data, ...said };
}

/** The events that make it so: none when it is so already. */
export function describeSku(data: SkuData, wanted: SkuData, changeId: string, now: Instant): readonly SkuDescribed[] {
  const isSo = (['class', 'costing', 'unit'] as const).every(
    (field) => wanted[field] === undefined || wanted[field] === data[field],
  );
  return isSo ? [] : [{ type: 'SkuDescribed', changeId, occurredAt: now, ...wanted }];
}
