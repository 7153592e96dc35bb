import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AvailabilityCheckpointFile } from '../../../src/adapters/availability-store/memory/checkpoint-file.js';
import { MemoryAvailabilityStore } from '../../../src/adapters/availability-store/memory/memory-availability-store.js';
import { START } from '../../../src/ports/event-store.js';
import { Log } from '../../../src/ports/log.js';
import { availabilityStoreContract } from './contract.js';
import { document } from './documents.js';
import { rebuildContract } from './rebuild.js';

class LogLines extends Log {
  readonly warnings: string[] = [];
  info(): void {}
  warn(message: string): void {
    this.warnings.push(message);
  }
  error(): void {}
}

const newHome = async () => {
  const folder = await mkdtemp(join(tmpdir(), 'stockfold-test-checkpoint-'));
  let open: ClosableMemory | undefined;
  return {
    instance() {
      if (open === undefined || open.closed)
        open = new ClosableMemory(new AvailabilityCheckpointFile(join(folder, 'a'), new LogLines()));
      return open;
    },
    close: () => rm(folder, { recursive: true }),
  };
};
availabilityStoreContract('memory', newHome);
rebuildContract('memory', newHome);

class ClosableMemory extends MemoryAvailabilityStore {
  closed = false;
  override async close(): Promise<void> {
    await super.close();
    this.closed = true;
  }
}

describe('the checkpoint of availability in memory', () => {
  const identity = '7a4f8f0e-5a43-4b54-8c35-0d2f0f4f5a01';
  let folder: string;
  let path: string;
  let log: LogLines;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'stockfold-test-checkpoint-'));
    path = join(folder, 'model', 'availability.checkpoint');
    log = new LogLines();
    const store = new MemoryAvailabilityStore(new AvailabilityCheckpointFile(path, log));
    await store.open(identity, 0n);
    const documents = Array.from({ length: 5_000 }, (_, index) => document(`S-${index}`, BigInt(index + 1)));
    await store.save(documents, { position: 5_000n, asOf: 77 });
    await store.close();
  });
  afterEach(() => rm(folder, { recursive: true }));

  const reopened = () => new MemoryAvailabilityStore(new AvailabilityCheckpointFile(path, log));

  const content = () => readFile(path, 'utf8');
  const sealed = (text: string) => {
    const body = text.slice(0, text.lastIndexOf('\n') + 1);
    return body + createHash('sha256').update(body).digest('hex');
  };

  it('is sealed by the hash of what it says', async () => {
    expect(sealed(await content())).toBe(await content());
  });

  it('is whole, and leaves nothing beside it', async () => {
    const store = reopened();
    expect(await store.open(identity, 0n)).toBe(5_000n);
    const last = document('S-4999', 5_000n);
    expect(await store.read([last.sku])).toEqual({ items: [last], position: 5_000n, asOf: 77 });
    expect(await readdir(join(folder, 'model'))).toEqual(['availability.checkpoint']);
  });

  it.each([
    ['cut short', () => truncate(path, 20_000)],
    ['empty', () => truncate(path, 0)],
    ['something else', () => writeFile(path, 'stock is 5\n')],
    ['changed in one digit', async () => writeFile(path, (await content()).replace('"store-1",0,3', '"store-1",0,4'))],
    [
      'of another version',
      async () => writeFile(path, sealed((await content()).replace(/^availability-\d+/, 'availability-0'))),
    ],
  ])('is left alone when it is %s: the model is built anew', async (_, damage) => {
    await damage();
    const store = reopened();
    expect(await store.open(identity, 0n)).toBe(START);
    expect(await store.load([document('S-1', 2n).sku])).toEqual([undefined]);
    expect(log.warnings).toEqual(['checkpoint cannot be used, the read model is built anew']);
  });

  it('names the file and the way out when it belongs to another event store', async () => {
    await expect(reopened().open('another', 0n)).rejects.toThrow(path);
    await expect(reopened().open('another', 0n)).rejects.toThrow(/Remove the file/);
  });

  it('does not come back after the model was discarded', async () => {
    const store = reopened();
    await store.open(identity, 0n);
    await store.discard();
    expect(await reopened().open(identity, 0n)).toBe(START);
  });

  it('is also written while the process lives, and may be a little behind it', async () => {
    const store = new MemoryAvailabilityStore(new AvailabilityCheckpointFile(path, log), 1);
    await store.open(identity, 0n);
    const later = document('S-1', 6_000n);
    await store.save([later], { position: 6_000n, asOf: 80 });

    const restored = reopened();
    await expect.poll(() => reopened().open(identity, 0n), { timeout: 20_000 }).toBe(6_000n);
    await restored.open(identity, 0n);
    expect(await restored.load([later.sku])).toEqual([later]);
    await store.close();
  });

  it('costs a replay and nothing else when it cannot be written', async () => {
    const store = new MemoryAvailabilityStore(new AvailabilityCheckpointFile(join(path, 'below-a-file'), log));
    await store.open(identity, 0n);
    await store.save([], { position: 1n, asOf: 1 });
    await store.close();
    expect(log.warnings).toContain('checkpoint cannot be written');
  });
});
