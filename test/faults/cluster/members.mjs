// The members of a cluster: which of them leads is asked of the cluster, what can be done to them is signals and a
// command that starts one again.

import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import { credentials } from '@grpc/grpc-js';
import { accepted } from './bare-appends.mjs';

const ASKED_FOR_MS = 1_000;
const WHOLE_WITHIN_MS = 120_000;
const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;

export class Members {
  /**
   * @param file one line a member: its name, host:port and process id; read anew each time, since restarts change it
   * @param restartCommand what starts a member again, with {member} in place of its name
   */
  constructor(file, restartCommand) {
    this.file = file;
    this.restartCommand = restartCommand;
  }

  all() {
    const lines = readFileSync(this.file, 'utf8').split('\n').filter(Boolean);
    return lines.map((line) => {
      const [name, address, pid] = line.split(/\s+/);
      return { name, address, pid: Number(pid) };
    });
  }

  /** The member that most of those who answer take for their leader; undefined while there is none. */
  async leader() {
    const answers = await Promise.all(this.all().map(({ address }) => members(address)));
    const votes = new Map();
    for (const { address } of answers.flatMap((known) => known.filter(({ state }) => state === LEADER))) {
      votes.set(address, (votes.get(address) ?? 0) + 1);
    }
    const [elected] = [...votes].sort(([, a], [, b]) => b - a)[0] ?? [];
    return this.all().find(({ address }) => address === elected);
  }

  /** How long the others take until one of them can be written to in place of this one; undefined when none does. */
  async succession(former, withinMs) {
    const begunAt = performance.now();
    const others = this.all().filter(({ name }) => name !== former.name);
    const addresses = others.map(({ address }) => address);
    return (await accepted(addresses, withinMs)) ? performance.now() - begunAt : undefined;
  }

  kill({ pid }) {
    process.kill(pid, 'SIGKILL');
  }

  hang({ pid }) {
    process.kill(pid, 'SIGSTOP');
  }

  goOn({ pid }) {
    process.kill(pid, 'SIGCONT');
  }

  async restart({ name }) {
    await promisify(execFile)('sh', ['-c', this.restartCommand.replaceAll('{member}', name)]);
  }

  /** Waits until all follow one leader. A member that has ended, as one does to cut its log back, is started again. */
  async whole() {
    const giveUpAt = Date.now() + WHOLE_WITHIN_MS;
    while (!(await this.isWhole())) {
      if (Date.now() > giveUpAt) throw new Error('The cluster does not become whole');
      for (const member of this.all()) if (!isAlive(member)) await this.restart(member);
      await sleep(250);
    }
  }

  async isWhole() {
    const all = this.all();
    const views = await Promise.all(all.map(({ address }) => members(address)));
    return views.every((known) => {
      const states = known.map(({ state }) => state);
      const leaders = states.filter((state) => state === LEADER).length;
      const followers = states.filter((state) => state === FOLLOWER).length;
      return leaders === 1 && followers === all.length - 1;
    });
  }
}

function isAlive({ pid }) {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Members that this one takes for alive; none when it does not answer. */
function members(address) {
  const client = new gossipGrpc.GossipClient(address, credentials.createInsecure());
  return new Promise((resolve) => {
    client.read(new shared.Empty(), { deadline: Date.now() + ASKED_FOR_MS }, (error, info) => {
      client.close();
      if (error !== null) return resolve([]);
      const known = info.getMembersList().map((member) => ({
        state: member.getState(),
        isAlive: member.getIsAlive(),
        address: `${member.getHttpEndPoint().getAddress()}:${member.getHttpEndPoint().getPort()}`,
      }));
      resolve(known.filter((member) => member.isAlive));
    });
  });
}
