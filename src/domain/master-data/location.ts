import type { Currency } from '../values/currency.js';
import type { Instant } from '../values/instant.js';

/** What is known of a location beside its stock; every part may be missing. */
export interface LocationData {
  /** IANA name, e.g. `Europe/London`. */
  readonly timeZone?: string;
  /** E.g. `store` or `warehouse`, in the words of whoever says it. */
  readonly kind?: string;
  /** In which its stock is valued. It is fixed once, here or by the first cost that is reported there. */
  readonly currency?: Currency;
}

/** Says what is named, and leaves the rest as it is. */
export interface LocationDescribed {
  readonly type: 'LocationDescribed';
  /** Made by whoever asks for the change; the idempotency key. */
  readonly changeId: string;
  readonly occurredAt: Instant;
  readonly timeZone?: string;
  readonly kind?: string;
}

/** The location's currency, from now on and for all that happened there. */
export interface CurrencyFixed {
  readonly type: 'CurrencyAdopted';
  readonly currency: Currency;
}

export type LocationEvent = LocationDescribed | CurrencyFixed;

export function evolveLocation(data: LocationData, event: LocationEvent): LocationData {
  switch (event.type) {
    case 'LocationDescribed': {
      const { timeZone = data.timeZone, kind = data.kind } = event;
      return { ...data, ...(timeZone === undefined ? {} : { timeZone }), ...(kind === undefined ? {} : { kind }) };
    }
    case 'CurrencyAdopted':
      // Only the first one counts.
      return { currency: event.currency, ...data };
  }
}

/** The events that make it so; undefined when the location has another currency, for good. */
export function describeLocation(
  data: LocationData,
  { timeZone, kind, currency }: LocationData,
  changeId: string,
  now: Instant,
): readonly LocationEvent[] | undefined {
  if (currency !== undefined && data.currency !== undefined && data.currency !== currency) return undefined;
  const events: LocationEvent[] = [];
  const changed = {
    ...(timeZone === undefined || timeZone === data.timeZone ? {} : { timeZone }),
    ...(kind === undefined || kind === data.kind ? {} : { kind }),
  };
  if (Object.keys(changed).length > 0)
    events.push({ type: 'LocationDescribed', changeId, occurredAt: now, ...changed });
  if (currency !== undefined && data.currency === undefined) events.push({ type: 'CurrencyAdopted', currency });
  return events;
}
