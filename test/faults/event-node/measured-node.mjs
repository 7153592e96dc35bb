/**
 * A node in a process of its own that says how much memory it holds once its garbage is collected.
 * `node --expose-gc measured-node.mjs DIST FOLDER`, forked: sends its port, then an answer to each message. Ends with its
 * parent.
 */
import { join } from 'node:path';

const [dist, directory] = process.argv.slice(2);
const { startNode } = await import(join(dist, 'adapters/event-store/embedded/index.js'));
const { port } = await startNode({
  ...{ directory, host: '127.0.0.1', port: 0, ownerWaitMs: 0 },
  onWriteFailure: (error) => console.error(error),
  onDamage: (error) => console.error(error),
});
process.send(port);
process.on('disconnect', () => process.exit());
process.on('message', () => {
  // The first one finds the objects that hold buffers, the second one frees these.
  gc();
  gc();
  const { heapUsed, external } = process.memoryUsage();
  process.send(heapUsed + external);
});
