import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { newFolder, startServer } from '../processes.mjs';

/** Servers to compare: `{ name, url, stop }` each, every one a process of its own. */
export async function startTargets(dist, others) {
  const dataDir = newFolder();
  const ceiling = await startServer([fileURLToPath(new URL('ceiling.mjs', import.meta.url)), dist]);
  const nodeArgs = ['--max-semi-space-size=64', join(dist, 'eventstore.js')];
  const node = await startServer([...nodeArgs, '--data', dataDir, '--port', '0', '--child']);
  const stop = async () => {
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return [
    { name: 'no storage', ...ceiling },
    { name: 'node', ...node, stop },
    ...others.map((other) => {
      const [name, url] = other.split(/=(.*)/s);
      return { name, url, stop: async () => undefined };
    }),
  ];
}
