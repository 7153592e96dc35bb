import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import gossip from '@eventstore/db-client/generated/gossip_pb.js';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { afterEach, describe, expect, it } from 'vitest';
import { LeaderSearch } from '../../../src/adapters/event-store/eventstoredb/leader-search.js';

/** A node of a cluster, as far as gossip goes. */
class Member {
  /** Whom it takes for the leader; `'hangs'` answers nobody. */
  says: Member | 'nobody' | 'hangs' = 'nobody';
  address = '';
  private readonly server = new Server();

  static async start(): Promise<Member> {
    const member = new Member();
    member.server.addService(gossipGrpc.GossipService, {
      read: (_: unknown, reply: (error: null, info: gossip.ClusterInfo) => void) => {
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
    info.addMembers(entry(this.address, FOLLOWER));
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

  it('takes no follower while there is no leader', async () => {
    const members = await cluster();
    await expect(search(members).find(300)).rejects.toThrow('knows a leader');
  });

  it('is not for a single node', () => {
    expect(LeaderSearch.in('esdb://127.0.0.1:2113?tls=false')).toBeUndefined();
    expect(LeaderSearch.in('esdb+discover://cluster.example:2113')).toBeInstanceOf(LeaderSearch);
  });
});
