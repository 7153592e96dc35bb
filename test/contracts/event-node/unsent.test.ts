import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Unsent } from '../../../src/adapters/event-store/embedded/server/unsent.js';

const PREFIX_BYTES = 5;
const SLICE_BYTES = 65_536;

/** As gRPC's library sends a message: its own prefix first, and behind it what the message copies there. */
function sent(unsent: Unsent): Buffer[] {
  const writes: Buffer[] = [];
  for (let slice = unsent.next(); slice !== undefined; slice = unsent.next()) {
    const output = Buffer.alloc(PREFIX_BYTES + slice.byteLength);
    output.writeUInt32BE(slice.byteLength, 1);
    slice.copy(output, PREFIX_BYTES);
    writes.push(output);
  }
  return writes;
}

function framed(message: Buffer): Buffer {
  const prefix = Buffer.alloc(PREFIX_BYTES);
  prefix.writeUInt32BE(message.length, 1);
  return Buffer.concat([prefix, message]);
}

const message = (length: number, fill: number) => Buffer.alloc(length, fill + 1);
/** Small ones, and such as end or begin around the end of a slice. */
const lengths = fc.oneof(
  fc.integer({ min: 0, max: 2_000 }),
  fc.integer({ min: SLICE_BYTES - 20, max: SLICE_BYTES + 20 }),
  fc.integer({ min: 2 * SLICE_BYTES - 20, max: 2 * SLICE_BYTES + 20 }),
);

describe('what waits for a client', () => {
  test('goes out in slices, each message whole and in order', () => {
    fc.assert(
      fc.property(fc.array(lengths, { maxLength: 12 }), (sizes) => {
        const unsent = new Unsent();
        const messages = sizes.map(message);
        for (const each of messages) unsent.add(each);
        const writes = sent(unsent);
        expect(Buffer.concat(writes).equals(Buffer.concat(messages.map(framed)))).toBe(true);
        for (const write of writes) expect(write.length).toBeLessThan(SLICE_BYTES + PREFIX_BYTES);
        expect(unsent.bytes).toBe(0);
      }),
    );
  });

  test('is one write when it is little', () => {
    const unsent = new Unsent();
    for (let count = 0; count < 64; count++) unsent.add(message(400, count));
    expect(sent(unsent)).toHaveLength(1);
  });

  test('is made again where a large message was let go', () => {
    const large = message(3 * SLICE_BYTES, 7);
    const unsent = new Unsent();
    let made = 0;
    unsent.add(large, () => {
      made++;
      return Buffer.from(large);
    });
    unsent.add(message(10, 8));
    const writes: Buffer[] = [];
    for (let slice = unsent.next(); slice !== undefined; slice = unsent.next()) {
      const output = Buffer.alloc(PREFIX_BYTES + slice.byteLength);
      slice.copy(output, PREFIX_BYTES);
      writes.push(output);
      unsent.letGo();
    }
    expect(Buffer.concat(writes).equals(Buffer.concat([framed(large), framed(message(10, 8))]))).toBe(true);
    expect(made).toBe(3);
  });
});
