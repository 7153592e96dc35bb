import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import {
  LeaderSearch,
  leaderAmong,
  type Witness,
} from '../../../src/adapters/event-store/eventstoredb/leader-search.js';

/** A node of a cluster, as far as gossip goes. */
class Member {
  /** Whom it takes for the leader; `'hangs'` answers nobody. */
  says: Member | 'nobody' | 'hangs' = 'nobody';
  address = '';
  /** Of whom it tells, beside itself and the leader. */
  knows: readonly Member[] = [];
  /** How many questions it has heard. */
  asked = 0;
  private readonly server = new Server();

  static async start(): Promise<Member> {
    const member = new Member();
    member.server.addService(gossipGrpc.GossipService, {
      read: (_: unknown, reply: (error: null, info: gossip.ClusterInfo) => void) => {
        member.asked += 1;
        if (member.says !== 'hangs') reply(null, member.info());
      },
    });
    const port = await new Promise<number>((resolve, reject) => {
      member.server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, bound) =>
        error === null ? resolve(bound) : reject(error),
      );
    });
    member.address = `127.0.0.1:${port}`;
    return member;
  }

  stop(): void {
    this.server.forceShutdown();
  }

  private info(): gossip.ClusterInfo {
    const info = new gossip.ClusterInfo();
    const { LEADER, FOLLOWER } = gossip.MemberInfo.VNodeState;
    for (const { address } of [this, ...this.knows]) info.addMembers(entry(address, FOLLOWER));
    if (this.says instanceof Member) info.addMembers(entry(this.says.address, LEADER));
    return info;
  }
}

function entry(address: string, state: gossip.MemberInfo.VNodeState) {
  const [host = '', port] = address.split(':');
  const endpoint = new gossip.EndPoint().setAddress(host).setPort(Number(port));
  return new gossip.MemberInfo().setState(state).setIsAlive(true).setHttpEndPoint(endpoint);
}

describe('The search for the leader of a cluster', () => {
  const running: Member[] = [];
  afterEach(() => {
    for (const member of running.splice(0)) member.stop();
  });

  async function cluster(): Promise<[Member, Member, Member]> {
    const members: [Member, Member, Member] = [await Member.start(), await Member.start(), await Member.start()];
    running.push(...members);
    return members;
  }

  function search(members: readonly Member[]): LeaderSearch {
    const found = LeaderSearch.in(`esdb://${members.map(({ address }) => address).join(',')}?tls=false`);
    if (found === undefined) throw new Error('several hosts are a cluster');
    return found;
  }

  it('finds whom the nodes name', async () => {
    const [a, b, c] = await cluster();
    for (const member of [a, b, c]) member.says = b;
    expect(await search([a, b, c]).find(5_000)).toBe(b.address);
  });

  it('believes the majority when one that hung for a while still takes itself for the leader', async () => {
    const [a, b, c] = await cluster();
    [a.says, b.says, c.says] = [a, b, b];
    expect(await search([a, b, c]).find(5_000)).toBe(b.address);
  });

  it('waits for another leader while the one they name hangs, or has gone', async () => {
    const [a, b, c] = await cluster();
    [a.says, b.says, c.says] = ['hangs', a, a];
    const finding = search([a, b, c]).find(20_000);
    await new Promise((resolve) => setTimeout(resolve, 200));
    a.stop();
    [b.says, c.says] = [c, c];
    expect(await finding).toBe(c.address);
  });

  it('waits until the one they name is ready to lead', async () => {
    const [a, b, c] = await cluster();
    [a.says, c.says] = [b, b];
    const finding = search([a, b, c]).find(20_000);
    const outcome = finding.then(() => 'found');
    const asking = until(() => b.asked >= 3).then(() => 'still asking');
    expect(await Promise.race([outcome, asking])).toBe('still asking');
    b.says = b;
    expect(await finding).toBe(b.address);
  });

  it('takes one that leads before the others have heard of it, while the old one hangs', async () => {
    const [a, b, c] = await cluster();
    a.says = 'hangs';
    const finding = search([a, b, c]).find(20_000);
    await until(() => c.asked >= 3);
    b.says = b;
    expect(await finding).toBe(b.address);
  });

  it('asks nobody any more once it is over', async () => {
    const [a, b, c] = await cluster();
    for (const member of [a, b, c]) member.says = b;
    await search([a, b, c]).find(5_000);
    const askedMeanwhile = async () => {
      const before = [a, b, c].map(({ asked }) => asked);
      await new Promise((resolve) => setTimeout(resolve, 300));
      return [a, b, c].map(({ asked }, index) => asked - (before[index] ?? 0));
    };
    // The last questions may have been on their way.
    await expect.poll(askedMeanwhile).toEqual([0, 0, 0]);
  });

  it('by one name for all asks the members it is told of, later too when the name leads to one that hangs', async () => {
    const [seed, b, c] = await cluster();
    [seed.says, b.says, seed.knows, b.knows] = [b, b, [c], [c]];
    const discovering = LeaderSearch.in(`esdb+discover://${seed.address}?tls=false`);
    expect(await discovering?.find(5_000)).toBe(b.address);
    [seed.says, b.says, c.says] = ['hangs', c, c];
    expect(await discovering?.find(5_000)).toBe(c.address);
  });

  it('takes no follower while there is no leader', async () => {
    const members = await cluster();
    await expect(search(members).find(300)).rejects.toThrow('knows a leader');
  });

  it('is not for a single node', () => {
    expect(LeaderSearch.in('esdb://127.0.0.1:2113?tls=false')).toBeUndefined();
    expect(LeaderSearch.in('esdb+discover://cluster.example:2113')).toBeInstanceOf(LeaderSearch);
  });
});

describe('Of the nodes of a cluster', () => {
  /** By address: whom each names; `'silent'` when it had its time, `'unheard'` before. */
  const among = (says: Record<string, string | undefined>): string | undefined =>
    leaderAmong(
      new Map(
        Object.entries(says).map(([address, leader]): [string, Witness] => [
          address,
          leader === 'silent' || leader === 'unheard'
            ? { view: undefined, isHeard: leader === 'silent' }
            : { view: { leader, members: Object.keys(says) }, isHeard: true },
        ]),
      ),
    );

  it.each([
    ['a majority with the leader itself needs no one else', { a: 'unheard', b: 'b', c: 'b' }, 'b'],
    ['a leader alone waits for those who may know better', { a: 'unheard', b: 'b', c: undefined }, undefined],
    ['a leader alone does when nobody knows better', { a: 'silent', b: 'b', c: undefined }, 'b'],
    ['a majority that names one who hangs knows of no leader', { a: 'silent', b: 'a', c: 'a' }, undefined],
    ['one that woke up and still leads is outvoted', { a: 'a', b: 'b', c: 'b' }, 'b'],
    [
      'one that woke up is not followed against the majority',
      { a: 'a', b: undefined, c: 'b', d: 'b', e: 'b' },
      undefined,
    ],
    [
      'of two that claim to lead neither is taken before others say whom they follow',
      { a: 'a', b: 'b', c: 'silent' },
      undefined,
    ],
    ['of five, the one more follow leads', { a: 'a', b: 'b', c: 'b', d: undefined, e: 'silent' }, 'b'],
    ['without any who claims to lead there is none', { a: undefined, b: undefined, c: 'silent' }, undefined],
  ])('%s', (_, says, leader) => {
    expect(among(says)).toBe(leader);
  });
});

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}
