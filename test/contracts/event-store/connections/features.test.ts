import type { SupportedMethods } from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import { expect, test } from 'vitest';
import { connect } from '../support.js';
import { openWire } from '../wire.js';

const wire = await openWire(await connect());

function features(): Promise<SupportedMethods> {
  return new Promise((resolve, reject) => {
    wire.features.getSupportedMethods(new sharedPb.Empty(), ...wire.call(), (error, answer) => {
      if (error === null) resolve(answer);
      else reject(error);
    });
  });
}

test('a server tells its version', async () => {
  expect((await features()).getEventStoreServerVersion()).toMatch(/^\d+\.\d+\.\d+/);
});

test.each(['read', 'append', 'delete', 'tombstone', 'batchappend'])('a server offers %s', async (method) => {
  const offered = (await features()).getMethodsList().map((one) => `${one.getServiceName()}/${one.getMethodName()}`);
  expect(offered.map((name) => name.toLowerCase())).toContain(`event_store.client.streams.streams/${method}`);
});
