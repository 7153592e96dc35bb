import { GossipPeer, type GossipView } from './gossip.js';

/** What is known of a node that was asked. */
export interface Witness {
  readonly view: GossipView | undefined;
  /** It has answered, or had its time to. */
  readonly isHeard: boolean;
}

/**
 * Finds the leader of a cluster. All nodes are asked at once and again and again, so that one that hangs delays nothing,
 * until one of them takes itself for the leader: the others name one that has gone for a while, and one that is not
 * ready yet. The client's own search asks one node after the other for seconds each, and takes a follower when there is
 * no leader, which then answers no append.
 */
export class LeaderSearch {
  /** Told at the last search: a name that stands for all nodes may lead to the one that hangs. */
  private members: readonly string[] = [];

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
    const peers = new Map<string, GossipPeer>();
    let late: NodeJS.Timeout | undefined;
    try {
      return await new Promise<string>((resolve, reject) => {
        const ask = (node: string) => {
          if (!peers.has(node)) peers.set(node, new GossipPeer(this.urlOf(node), consider));
        };
        const consider = () => {
          for (const { view } of [...peers.values()]) view?.members.forEach(ask);
          const leader = leaderAmong(peers);
          if (leader !== undefined) resolve(leader);
        };
        [...this.nodes, ...this.members].forEach(ask);
        const nobody = new Error(`none of ${this.nodes.join(', ')} knows a leader that answers`);
        late = setTimeout(reject, withinMs, nobody);
      });
    } finally {
      clearTimeout(late);
      this.members = [...peers.values()].find(({ view }) => view !== undefined)?.view?.members ?? this.members;
      for (const peer of peers.values()) peer.leave();
    }
  }
}

/**
 * Who takes itself for the leader. One that hung for a while still does when it wakes up, so the others have their say:
 * the majority decides, and without one who is named more often, once all that answer have been heard.
 * @param witnesses by their address
 */
export function leaderAmong(witnesses: ReadonlyMap<string, Witness>): string | undefined {
  const votes = new Map<string, number>();
  for (const { view } of witnesses.values()) {
    if (view?.leader !== undefined) votes.set(view.leader, (votes.get(view.leader) ?? 0) + 1);
  }
  const takesItselfForIt = (node: string) => witnesses.get(node)?.view?.leader === node;
  const named = [...votes].sort(([, a], [, b]) => b - a);
  const [most] = named;
  if (most !== undefined && 2 * most[1] > witnesses.size) return takesItselfForIt(most[0]) ? most[0] : undefined;
  if (![...witnesses.values()].every(({ isHeard }) => isHeard)) return undefined;
  const [first, second] = named.filter(([node]) => takesItselfForIt(node));
  return second !== undefined && second[1] === first?.[1] ? undefined : first?.[0];
}
