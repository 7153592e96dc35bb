import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { cpuUs, newFolder, startServer } from '../processes.mjs';

/** The built event node on a folder of its own. */
export async function startNode(dist) {
  const dataDir = newFolder();
  const node = await startServer([join(dist, 'eventstore.js'), '--data', dataDir, '--port', '0', '--child']);
  const stop = async () => {
    await node.stop();
    rmSync(dataDir, { recursive: true, force: true });
  };
  return { url: node.url, cpuUs: () => cpuUs(node.pid), stop };
}

/** Works in so many lanes at once for the time; `work(lane)` resolves with how many events it wrote. */
export async function measure(name, { lanes, forMs, node }, work) {
  const run = async (untilMs) => {
    let events = 0;
    const lane = async (number) => {
      while (performance.now() < untilMs) {
        const written = await work(number);
        events += written;
      }
    };
    await Promise.all(Array.from({ length: lanes }, (_, number) => lane(number)));
    return events;
  };
  await run(performance.now() + forMs / 2);
  const before = { ms: performance.now(), own: process.cpuUsage(), nodeUs: node.cpuUs() };
  const events = await run(before.ms + forMs);
  const seconds = (performance.now() - before.ms) / 1_000;
  const { user, system } = process.cpuUsage(before.own);
  const rate = Math.round(events / seconds)
    .toLocaleString('en')
    .padStart(8);
  const [own, other] = [user + system, node.cpuUs() - before.nodeUs].map((us) => (us / events).toFixed(1).padStart(7));
  console.log(`${name.padEnd(52)} ${rate}/s   CPU us/event: here ${own}, node ${other}`);
}
