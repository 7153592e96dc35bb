import { Map as PersistentMap } from 'immutable';
import type { ClientId } from '../values/identifiers.js';
import type { Instant } from '../values/instant.js';
import { NO_UNITS, plusUnits, type Units } from '../values/units.js';
import type { ExpectedUnits, SupplyEvent } from './events.js';

/** One expectation: what was announced in all, and what came under its name, in whatever order they were told. */
export interface Supply {
  readonly quantity: number;
  readonly received: number;
  readonly dueAt: Instant | null;
}

/** Expected units whose time nobody knows stand at this instant, which never comes. */
export const NEVER: Instant = Number.POSITIVE_INFINITY;

/** What is expected of one SKU at one location. Immutable; what is open rides along, summed by instant. */
export class Supplies {
  static readonly NONE = new Supplies(PersistentMap(), NO_UNITS);

  private constructor(
    private readonly byId: PersistentMap<ClientId, Supply>,
    /** Units that have not come yet, by the instant they are due. */
    readonly open: Units<Instant>,
  ) {}

  get(id: ClientId): Supply | undefined {
    return this.byId.get(id);
  }

  /** What of this supply has not come yet. */
  openOf(id: ClientId): ExpectedUnits {
    const supply = this.byId.get(id);
    return supply === undefined ? { quantity: 0, dueAt: null } : { quantity: openUnits(supply), dueAt: supply.dueAt };
  }

  receive(id: ClientId, quantity: number): Supplies {
    const before = this.byId.get(id) ?? NOTHING_ANNOUNCED;
    return this.with(id, { ...before, received: before.received + quantity });
  }

  evolve(event: SupplyEvent): Supplies {
    const before = this.byId.get(event.supplyId) ?? NOTHING_ANNOUNCED;
    switch (event.type) {
      case 'SupplyScheduled':
      case 'SupplyChanged':
        return this.with(event.supplyId, { ...before, quantity: event.quantity, dueAt: event.dueAt });
      case 'SupplyCancelled':
        return this.with(event.supplyId, { ...before, quantity: 0 });
    }
  }

  private with(id: ClientId, supply: Supply): Supplies {
    const before = this.openOf(id);
    const without = plusUnits(this.open, before.dueAt ?? NEVER, -before.quantity);
    const open = plusUnits(without, supply.dueAt ?? NEVER, openUnits(supply));
    return new Supplies(this.byId.set(id, supply), open);
  }
}

const NOTHING_ANNOUNCED: Supply = { quantity: 0, received: 0, dueAt: null };

const openUnits = ({ quantity, received }: Supply): number => Math.max(0, quantity - received);
