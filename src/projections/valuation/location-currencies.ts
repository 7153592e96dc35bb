import type { CurrencyAdopted } from '../../domain/valuation/events.js';
import type { Currency } from '../../domain/values/currency.js';
import { storedCurrency } from '../../domain/values/currency.js';
import { eventId } from '../../domain/values/event-id.js';
import type { LocationId } from '../../domain/values/identifiers.js';
import type { EventStore } from '../../ports/event-store.js';

const ADOPTED: CurrencyAdopted['type'] = 'CurrencyAdopted';

/** In which currency each location is valued: fixed once, by the first cost that is reported there. */
export class LocationCurrencies {
  private readonly known = new Map<LocationId, Currency>();

  constructor(private readonly store: EventStore) {}

  get(location: LocationId): Currency | undefined {
    return this.known.get(location);
  }

  /** Makes the location's currency known: its own, or else the one offered, which it then keeps for good. */
  async adopt(location: LocationId, offered: Currency, sourceEventId: string): Promise<void> {
    const stream = `location-${location}`;
    while (!this.known.has(location)) {
      let revision = -1;
      for await (const event of this.store.readStream(stream)) {
        revision = event.revision;
        if (event.type === ADOPTED) this.known.set(location, storedCurrency(String(event.data.currency)));
      }
      if (this.known.has(location)) return;
      // The currency is part of the id: who offers another one meets a conflict, and reads what holds.
      const outcome = await this.store.append(stream, revision < 0 ? 'no-stream' : revision, [
        {
          id: eventId(stream, `currency:${offered}`),
          type: ADOPTED,
          data: { currency: offered, sourceEventId },
          metadata: { schemaVersion: 1, causationId: sourceEventId },
        },
      ]);
      if (outcome.status === 'appended') this.known.set(location, offered);
    }
  }
}
