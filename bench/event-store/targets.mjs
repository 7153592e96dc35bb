import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Servers to compare: `{ name, url, stop }` each, every one a process of its own. */
export async function startTargets(dist, others) {
  const dataDir = mkdtempSync(join(tmpdir(), 'stockfold-bench-'));
  const ceiling = await run([fileURLToPath(new URL('ceiling.mjs', import.meta.url)), dist]);
  const nodeArgs = ['--max-semi-space-size=64', join(dist, 'eventstore.js')];
  const node = await run([...nodeArgs, '--data', dataDir, '--port', '0', '--child']);
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

async function run(args) {
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const stop = async () => {
    child.stdin.end();
    await once(child, 'exit');
  };
  return { url: `esdb://127.0.0.1:${JSON.parse(String(line)).port}?tls=false`, stop };
}
