import type { Writable } from 'node:stream';

/** Bytes given to the connection that it has not sent yet, beyond which a call waits. */
const MAX_UNSENT_BYTES = 65_536;

/**
 * Lets a call give its messages to the connection as they come. Left to itself gRPC's stream gives it one, and the next
 * when that has left, which is one a turn of the event loop: answers of one commit would trickle to their clients
 * between the commits after it. The connection writes together what it has.
 */
export function writeEagerly<Call extends Writable>(call: Call): Call {
  const write = call._write.bind(call);
  let unsentBytes = 0;
  let waiting: (() => void) | undefined;
  call._write = (message: Buffer, encoding, done) => {
    unsentBytes += message.length;
    write(message, encoding, () => {
      unsentBytes -= message.length;
      if (unsentBytes > MAX_UNSENT_BYTES) return;
      const goOn = waiting;
      waiting = undefined;
      goOn?.();
    });
    if (unsentBytes > MAX_UNSENT_BYTES) waiting = done;
    else done();
  };
  return call;
}
