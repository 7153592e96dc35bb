import { setTimeout as sleep } from 'node:timers/promises';
import { checkAll, checkStreams, Findings } from './check.mjs';
import { Ledger } from './ledger.mjs';

const LONGEST_ROUND_MS = 700;
const LONGEST_START_MS = 250;
const PREFIX = 'kill-';

/** `kill -9` at random times under so many appenders, two to a stream; every fifth round while it starts again, too. */
export async function kills(node, { rounds, appenders, random, say }) {
  const findings = new Findings();
  const totals = { appends: 0, refused: 0, unknown: 0, written: 0, events: 0 };
  await node.start();
  for (let round = 1; round <= rounds; round += 1) {
    const ledger = new Ledger(node.url, random);
    const load = Array.from({ length: appenders }, (_, number) =>
      ledger.appendUntil(`${PREFIX}${round}-${number >> 1}`, () => false),
    );
    await sleep(random() * LONGEST_ROUND_MS);
    await node.kill();
    await Promise.all(load);
    if (round % 5 === 0) await node.startAndKill(random() * LONGEST_START_MS);
    await node.start();

    const unknown = ledger.appends.filter(({ outcome }) => outcome === 'unknown');
    totals.unknown += unknown.length;
    totals.written += await countWritten(ledger.client, unknown);
    await ledger.settle();
    totals.appends += ledger.appends.filter(({ outcome }) => outcome === 'acknowledged').length;
    totals.refused += ledger.appends.filter(({ outcome }) => outcome === 'refused').length;
    totals.events += await checkStreams(ledger.client, ledger.appends, findings);
    await ledger.client.dispose();
    if (round % Math.ceil(rounds / 10) === 0 || !findings.none) say(`round ${round}: ${told(totals)}; ${findings}`);
    if (!findings.none) break;
  }
  const last = new Ledger(node.url, random);
  const inAll = await checkAll(last.client, PREFIX, findings);
  await last.client.dispose();
  if (inAll !== totals.events) findings.note('wrong', `${inAll} events in all streams, ${totals.events} in each`);
  const starts = node.startsMs.sort((one, other) => one - other).map(Math.round);
  say(
    `ready after a kill: median ${starts[starts.length >> 1]} ms, longest ${starts.at(-1)} ms, process start included`,
  );
  say(`${rounds} rounds: ${told(totals)}; ${findings}`);
  return findings.none;
}

/** Of the appends without an answer, how many the node has all the same: asked before anything is sent again. */
async function countWritten(client, unknown) {
  const ids = new Set();
  for (const stream of new Set(unknown.map((append) => append.stream))) {
    try {
      for await (const { event } of client.readStream(stream)) ids.add(event.id);
    } catch (error) {
      if (error.type !== 'stream-not-found') throw error;
    }
  }
  return unknown.filter(({ events }) => ids.has(events[0].id)).length;
}

const told = ({ appends, refused, unknown, written, events }) =>
  `${appends} appends acknowledged (${events} events), ${refused} refused, ${unknown} without an answer of which ` +
  `${written} had been written`;
