import { Channel, credentials } from '@grpc/grpc-js';
import { describe, expect, it } from 'vitest';
import { FLOW_CONTROL_WINDOW_BYTES, widened } from '../../../src/adapters/event-store/eventstoredb/flow-control.js';

describe('the channel to the event store', () => {
  it('keeps target and options of the client, with room for more than one busy moment', () => {
    const wide = widened(
      new Channel('127.0.0.1:2113', credentials.createInsecure(), { 'grpc.keepalive_time_ms': 777 }),
    );
    const options = Reflect.get(Reflect.get(wide, 'internalChannel'), 'options');
    expect(options).toMatchObject({
      'grpc.keepalive_time_ms': 777,
      'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES,
    });
    expect(wide.getTarget()).toBe('dns:127.0.0.1:2113');
    wide.close();
  });
});
