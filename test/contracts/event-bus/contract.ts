import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { CloudEvent, EventBus } from '../../../src/ports/event-bus.js';
import { EventBusUnavailable } from '../../../src/ports/event-bus.js';

export interface BusHome {
  readonly bus: EventBus;
  /** The next so many events that a listener gets. */
  received(count: number): Promise<readonly CloudEvent[]>;
  close(): Promise<void>;
}

/** The state of a SKU at a revision. */
export const changed = (sku: string, revision: number, source = '/stockfold/7a4f8f0e'): CloudEvent => ({
  id: `${sku}@store-1/${revision}`,
  source,
  type: 'stockfold.availability-changed.v1',
  subject: `availability/store-1/${sku}`,
  time: '2026-05-01T12:00:00.000Z',
  sequence: String(revision).padStart(10, '0'),
  data: { sku, location: 'store-1', onHand: revision * 10, note: 'größer > "5"' },
});

/** What every bus must do. */
export function eventBusContract(name: string, newHome: () => Promise<BusHome>): void {
  describe(`event bus: ${name}`, () => {
    let home: BusHome;
    beforeEach(async () => {
      home = await newHome();
    });
    afterEach(() => home.close());

    it('hands over what was published, whole, and in order for each SKU', async () => {
      const events = Array.from({ length: 200 }, (_, index) => changed(`SKU.${index % 5}`, index));
      await home.bus.publish(events.slice(0, 120));
      await home.bus.publish([]);
      await home.bus.publish(events.slice(120));

      const heard = await home.received(200);
      for (const sku of ['SKU.0', 'SKU.1', 'SKU.2', 'SKU.3', 'SKU.4']) {
        const ofSku = ({ data }: CloudEvent) => data.sku === sku;
        expect(heard.filter(ofSku)).toEqual(events.filter(ofSku));
      }
    });

    it('leaves out what it has handed over, and what is older', async () => {
      const [first, second, third] = [changed('A', 1), changed('A', 2), changed('A', 3)];
      await home.bus.publish([first, second]);
      await home.bus.publish([second, first]);
      await home.bus.publish([second, third]);
      expect(await home.received(3)).toEqual([first, second, third]);
    });

    it('takes the events of another store for what they are, however small their numbers', async () => {
      const [old, fresh] = [changed('A', 8), changed('A', 1, '/stockfold/another')];
      await home.bus.publish([old]);
      await home.bus.publish([fresh]);
      expect(await home.received(2)).toEqual([old, fresh]);
    });

    it('takes any SKU and location, however dotted', async () => {
      const events = ['a.b.c', 'A..', '0._-', 'a'].map((sku, index) => changed(sku, index));
      await home.bus.publish(events);
      const heard = await home.received(4);
      expect(heard).toHaveLength(4);
      expect(heard).toEqual(expect.arrayContaining(events));
    });

    it('says so when it cannot hand over', async () => {
      await home.bus.close();
      await expect(home.bus.publish([changed('A', 1)])).rejects.toThrow(EventBusUnavailable);
    });
  });
}
