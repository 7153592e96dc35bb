import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudEvent, EventBus } from '../../../src/ports/event-bus.js';
import { EventBusUnavailable } from '../../../src/ports/event-bus.js';

export interface BusHome {
  readonly bus: EventBus;
  /** The next so many events that a listener gets. */
  received(count: number): Promise<readonly CloudEvent[]>;
  close(): Promise<void>;
}

export const changed = (sku: string, onHand: number): CloudEvent => ({
  id: randomUUID(),
  source: '/stockfold/7a4f8f0e',
  type: 'stockfold.availability-changed.v1',
  subject: `availability/store-1/${sku}`,
  time: '2026-05-01T12:00:00.000Z',
  data: { sku, location: 'store-1', onHand, note: 'größer > "5"' },
});

/** What every bus must do. */
export function eventBusContract(name: string, newHome: () => Promise<BusHome>): void {
  describe(`event bus: ${name}`, () => {
    let home: BusHome;
    beforeEach(async () => {
      home = await newHome();
    });
    afterEach(() => home.close());

    it('hands over what was published, whole and in order', async () => {
      const events = Array.from({ length: 200 }, (_, index) => changed(`SKU.${index % 5}`, index));
      await home.bus.publish(events.slice(0, 120));
      await home.bus.publish([]);
      await home.bus.publish(events.slice(120));

      expect(await home.received(200)).toEqual(events);
    });

    it('takes any SKU and location, however dotted', async () => {
      const events = ['a.b.c', 'A..', '0._-', 'a'].map((sku, index) => changed(sku, index));
      await home.bus.publish(events);
      expect(await home.received(4)).toEqual(events);
    });

    it('says so when it cannot hand over', async () => {
      await home.bus.close();
      await expect(home.bus.publish([changed('A', 1)])).rejects.toThrow(EventBusUnavailable);
    });
  });
}
