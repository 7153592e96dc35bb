#!/usr/bin/env node
// The event store adapter on a cluster of real servers, whose leader is killed and hung again and again while 64
// appenders write. Nothing that was acknowledged may be lost or doubled, nothing may come twice or not at all to those
// who follow, and writing must go on soon.
//
//   npm run test:cluster -- --url 'esdb://a:2113,b:2113,c:2113?tls=false' --members FILE --restart 'command {member}'
//     [--kills 10] [--hangs 10] [--hang-seconds 12] [--appenders 64] [--pause 20] [--followers 4]
//
// FILE has one line a member: its name, host:port as its gossip tells it, and process id. The command starts a member
// again and brings the file up to date. The members must run on this machine. STOCKFOLD_DIST names a build elsewhere.

import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { Appenders, audit } from './appenders.mjs';
import { Followers } from './followers.mjs';
import { Members } from './members.mjs';

const text = (value) => ({ type: 'string', ...(value === undefined ? {} : { default: value }) });
const { values } = parseArgs({
  options: {
    url: text(),
    members: text(),
    restart: text(),
    kills: text('10'),
    hangs: text('10'),
    'hang-seconds': text('12'),
    appenders: text('64'),
    pause: text('20'),
    followers: text('4'),
  },
});
for (const needed of ['url', 'members', 'restart']) if (!values[needed]) throw new Error(`--${needed} is needed`);

/** A leader that was killed stays away for so long. */
const AWAY_MS = 4_000;
const DIST = process.env.STOCKFOLD_DIST ?? join(import.meta.dirname, '../../../dist');
const built = (file) => import(pathToFileURL(join(DIST, file)).href);
const { EventStoreDbEventStore } = await built('adapters/event-store/eventstoredb/eventstoredb-event-store.js');
const { EventStoreUnavailable } = await built('ports/event-store.js');
const isUnavailable = (error) => error instanceof EventStoreUnavailable;

const cluster = new Members(values.members, values.restart);
await cluster.whole();
const prefix = `cluster-${randomUUID()}-`;
const store = new EventStoreDbEventStore({ url: values.url });
await store.identity();
const after = await store.end();
const appenders = new Appenders(store, prefix, {
  count: Number(values.appenders),
  pauseMs: Number(values.pause),
  isUnavailable,
});
const followers = new Followers(store, prefix, { count: Number(values.followers), after, isUnavailable });
const begunAt = performance.now();

const killed = await faults('killed', Number(values.kills), async (leader) => {
  cluster.kill(leader);
  const [succession] = await Promise.all([cluster.succession(leader, AWAY_MS), sleep(AWAY_MS)]);
  await cluster.restart(leader);
  return succession;
});
const hung = await faults('hung', Number(values.hangs), async (leader) => {
  const awayMs = Number(values['hang-seconds']) * 1_000;
  cluster.hang(leader);
  const [succession] = await Promise.all([cluster.succession(leader, awayMs), sleep(awayMs)]);
  cluster.goOn(leader);
  return succession;
});

await appenders.stop();
const seconds = (performance.now() - begunAt) / 1_000;
const found = await audit(store, appenders);
const followed = await followers.seen(found.stored, 60_000);
await store.close();

const missed = sum(followed.map((each) => Math.abs(each.missed) + each.disorders));
const wrong = found.lost + found.doubled + found.gaps + found.unasked + found.contradictions + missed;
console.log(
  `${appenders.acknowledged} acknowledged in ${Math.round(seconds)} s, ${found.stored} stored; ${found.lost} lost, ` +
    `${found.doubled} doubled, ${found.gaps} gaps in revisions, ${found.unasked} stored and never acknowledged, ` +
    `${found.contradictions} contradictions; ${appenders.unknown} appends given up and settled later`,
);
console.log(
  `longest without a write: ${most(killed.map(({ gap }) => gap))} when the leader is killed, ` +
    `${most(hung.map(({ gap }) => gap))} when it hangs; the cluster itself could not be written to for ` +
    `${most(killed.map(({ succession }) => succession))} and ${most(hung.map(({ succession }) => succession))}; ` +
    `beyond that at most ${most(killed.map(({ beyond }) => beyond))} and ${most(hung.map(({ beyond }) => beyond))}`,
);
console.log(
  `${followed.length} subscribers resumed ${sum(followed.map(({ resumptions }) => resumptions))} times: ` +
    `${sum(followed.map((each) => each.missed))} events missed, ${sum(followed.map(({ disorders }) => disorders))} ` +
    'twice or out of order; longest without an event: ' +
    `${most(killed.map(({ heard }) => heard))} killed, ${most(hung.map(({ heard }) => heard))} hung`,
);
console.log(wrong === 0 ? 'all holds' : `${wrong} DO NOT HOLD`);
process.exit(wrong === 0 ? 0 : 1);

/** Does it to whoever leads, with a whole cluster before and after. */
async function faults(what, times, happens) {
  const gaps = [];
  for (let time = 1; time <= times; time += 1) {
    const leader = await ruling();
    await sleep(1_000);
    appenders.takeGap();
    followers.takeGap();
    const before = appenders.acknowledged;
    const succession = await happens(leader);
    await cluster.whole();
    await sleep(1_000);
    const [gap, heard] = [appenders.takeGap(), followers.takeGap()];
    const beyond = gap - (succession ?? gap);
    gaps.push({ gap, heard, beyond, succession: succession ?? Number.POSITIVE_INFINITY });
    const written = appenders.acknowledged - before;
    console.log(
      `${what} ${time}: ${leader.name}; ${Math.round(gap)} ms without a write (the cluster took a bare one again ` +
        `after ${succession === undefined ? 'it came back' : `${Math.round(succession)} ms`}), ${Math.round(heard)} ms ` +
        `without an event for a subscriber, ${written} acknowledged meanwhile`,
    );
  }
  return gaps;
}

async function ruling() {
  const leader = await cluster.leader();
  if (leader !== undefined) return leader;
  await sleep(200);
  return ruling();
}

function sum(numbers) {
  return numbers.reduce((total, number) => total + number, 0);
}

function most(milliseconds) {
  if (milliseconds.length === 0) return 'never';
  const longest = Math.max(...milliseconds);
  return Number.isFinite(longest) ? `${(longest / 1_000).toFixed(2)} s` : 'as long as the member was away';
}
