import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Linux counts the CPU time of a process in ticks of so many microseconds. */
const TICK_US = 10_000;

/** The built event node on a folder of its own. */
export async function startNode(dist) {
  const dataDir = mkdtempSync(join(tmpdir(), 'stockfold-bench-'));
  const args = [join(dist, 'eventstore.js'), '--data', dataDir, '--port', '0', '--child'];
  const child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const { port } = JSON.parse(String(line));
  return {
    url: `esdb://127.0.0.1:${port}?tls=false`,
    cpuUs: () => cpuUsOf(child.pid),
    stop: async () => {
      child.stdin.end();
      await once(child, 'exit');
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
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

function cpuUsOf(pid) {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_US;
}
