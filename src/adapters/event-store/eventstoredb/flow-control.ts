import type { EventStoreDBClient } from '@eventstore/db-client';
import { Channel, ChannelCredentials, type ChannelOptions } from '@grpc/grpc-js';

/**
 * What the server may send ahead of us. HTTP/2's default of 64 KiB is shared by all calls of a connection: with it, a
 * process that is busy for 50 ms lets all its subscriptions together have 64 KiB in that time.
 */
export const FLOW_CONTROL_WINDOW_BYTES = 4 * 1024 * 1024;

/**
 * The same channel with a larger window. The client sets the options of its channels itself, so what it chose is read
 * back from the channel; where that cannot be found, the channel stays as it is, only slower.
 */
export function widened(channel: Channel): Channel {
  const inner: unknown = Reflect.get(channel, 'internalChannel');
  if (typeof inner !== 'object' || inner === null) return channel;
  const credentials: unknown = Reflect.get(inner, 'credentials');
  const options: unknown = Reflect.get(inner, 'options');
  if (!(credentials instanceof ChannelCredentials) || typeof options !== 'object') return channel;
  const target = channel.getTarget();
  channel.close();
  const wider: ChannelOptions = { ...options, 'grpc-node.flow_control_window': FLOW_CONTROL_WINDOW_BYTES };
  return new Channel(target, credentials, wider);
}

/** Has the client widen every channel that it dials. */
export function withRoom(client: EventStoreDBClient): EventStoreDBClient {
  const dial: unknown = Reflect.get(client, 'createChannel');
  if (typeof dial === 'function') {
    Reflect.set(client, 'createChannel', async () => widened((await dial.call(client)) as Channel));
  }
  return client;
}
