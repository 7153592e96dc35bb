import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { MessageReader } from '../protobuf/reader.js';
import { asIs, type Channel, ClientAccess } from './client-access.js';

const GOSSIP = '/event_store.client.gossip.Gossip/Read';
const EMPTY = Buffer.alloc(0);
/** `VNodeState` of the leader. */
const LEADER = 8;
const ASKED_FOR_MS = 1_000;
const BETWEEN_ROUNDS_MS = 50;

/**
 * Finds the leader of a cluster. All nodes are asked at once, so that one that hangs delays nothing, and whom they name
 * must answer, too: for a while they name one that has gone. The client's own search asks one node after the other for
 * seconds each, and takes a follower when there is no leader, which then answers no append.
 */
export class LeaderSearch {
  private constructor(
    private readonly nodes: readonly string[],
    private readonly urlOf: (node: string) => string,
  ) {}

  /** Undefined for a connection string that names a single node. */
  static in(url: string): LeaderSearch | undefined {
    const [, protocol, hosts = '', query = ''] =
      /^\s*(esdb(?:\+discover)?):\/\/(?:[^@/]+@)?([^/?]+)\/?(\?.*)?$/.exec(url) ?? [];
    const nodes = hosts.split(',').filter((node) => node !== '');
    if (protocol !== 'esdb+discover' && nodes.length < 2) return undefined;
    // Nobody has to sign in for this, and whoever may not is told so by the call that is made then.
    return new LeaderSearch(nodes, (node) => `esdb://${node}${query}`);
  }

  /**
   * The leader's `host:port`.
   * @throws when there is none in time
   */
  async find(withinMs: number): Promise<string> {
    const giveUpAtMs = performance.now() + withinMs;
    while (performance.now() < giveUpAtMs) {
      const named = await this.named();
      if (named !== undefined && (await this.leaderAsKnownTo(named)) === named) return named;
      await sleep(BETWEEN_ROUNDS_MS);
    }
    throw new Error(`none of ${this.nodes.join(', ')} knows a leader that answers`);
  }

  /** Whom more than half of the nodes take for the leader, or else most of those who answer. */
  private async named(): Promise<string | undefined> {
    const votes = new Map<string, number>();
    return new Promise((resolve) => {
      let outstanding = this.nodes.length;
      const count = (leader: string | undefined) => {
        outstanding -= 1;
        if (leader !== undefined) votes.set(leader, (votes.get(leader) ?? 0) + 1);
        const [first] = [...votes].sort(([, a], [, b]) => b - a);
        if (outstanding === 0 || (first !== undefined && 2 * first[1] > this.nodes.length)) resolve(first?.[0]);
      };
      for (const node of this.nodes) void this.leaderAsKnownTo(node).then(count);
    });
  }

  /** Undefined when the node knows of none, or does not answer. */
  private async leaderAsKnownTo(node: string): Promise<string | undefined> {
    let channel: Channel | undefined;
    try {
      const call = await ClientAccess.open(
        EventStoreDBClient.connectionString(this.urlOf(node)),
        (grpc, metadata, options) =>
          grpc.makeServerStreamRequest(GOSSIP, asIs, asIs, EMPTY, metadata, {
            ...options,
            deadline: Date.now() + ASKED_FOR_MS,
          }),
        (opened) => {
          channel = opened;
        },
      );
      for await (const answer of call) return leaderIn(answer);
      return undefined;
    } catch {
      return undefined;
    } finally {
      channel?.close();
    }
  }
}

/** `ClusterInfo`: the living leader's `host:port`. */
function leaderIn(bytes: Buffer): string | undefined {
  const info = new MessageReader(bytes);
  while (info.next()) {
    if (info.field !== 1) continue;
    const member = info.message();
    let [state, isAlive, endpoint] = [0, false, ''];
    while (member.next()) {
      if (member.field === 3) state = member.integer();
      else if (member.field === 4) isAlive = member.integer() === 1;
      else if (member.field === 5) endpoint = readEndpoint(member.message());
    }
    if (state === LEADER && isAlive) return endpoint;
  }
  return undefined;
}

function readEndpoint(reader: MessageReader): string {
  let [address, port] = ['', 0];
  while (reader.next()) {
    if (reader.field === 1) address = reader.text();
    else if (reader.field === 2) port = reader.integer();
  }
  return `${address}:${port}`;
}
