import { setTimeout as sleep } from 'node:timers/promises';
import { EventStoreDBClient } from '@eventstore/db-client';
import { MessageReader } from '../protobuf/reader.js';
import { asIs, type Channel, ClientAccess } from './client-access.js';

const GOSSIP = '/event_store.client.gossip.Gossip/Read';
const EMPTY = Buffer.alloc(0);
/** `VNodeState` of the leader. */
const LEADER = 8;
const ASKED_FOR_MS = 1_000;
/** Who has not answered for so long hangs, or is too far away to wait for. */
const SILENT_AFTER_MS = 300;
const BETWEEN_QUESTIONS_MS = 50;

/** What a node says of its cluster; addresses are `host:port`. */
export interface GossipView {
  /** The living leader; undefined while it knows of none. */
  readonly leader: string | undefined;
  readonly members: readonly string[];
}

/** A node of a cluster that is asked again and again, until it is left, over a connection of its own. */
export class GossipPeer {
  /** What it said last; undefined while it does not answer. */
  view: GossipView | undefined;
  /** It has answered, or had its time to. */
  isHeard = false;
  private readonly leaving = new AbortController();
  private client: EventStoreDBClient | undefined;
  private channel: Channel | undefined;

  /** @param onNews whenever {@link view} or {@link isHeard} may have changed; never before this returns */
  constructor(
    private readonly url: string,
    private readonly onNews: () => void,
  ) {
    void this.follow();
  }

  leave(): void {
    this.leaving.abort();
    this.hangUp();
  }

  private async follow(): Promise<void> {
    const { signal } = this.leaving;
    while (!signal.aborted) {
      const silent = setTimeout(() => this.hear(undefined), SILENT_AFTER_MS);
      const view = await this.ask();
      clearTimeout(silent);
      this.hear(view);
      await sleep(BETWEEN_QUESTIONS_MS, undefined, { signal }).catch(() => undefined);
    }
  }

  private hear(view: GossipView | undefined): void {
    if (this.leaving.signal.aborted) return;
    this.view = view;
    this.isHeard = true;
    this.onNews();
  }

  private async ask(): Promise<GossipView | undefined> {
    try {
      this.client ??= EventStoreDBClient.connectionString(this.url);
      const call = await ClientAccess.open(
        this.client,
        (grpc, metadata, options) =>
          grpc.makeServerStreamRequest(GOSSIP, asIs, asIs, EMPTY, metadata, {
            ...options,
            deadline: Date.now() + ASKED_FOR_MS,
          }),
        (opened) => {
          this.channel = opened;
          if (this.leaving.signal.aborted) this.hangUp();
        },
      );
      let view: GossipView | undefined;
      // To its end, or the connection would not be kept for the next question.
      for await (const answer of call) view = decodeClusterInfo(answer);
      return view;
    } catch {
      this.hangUp();
      return undefined;
    }
  }

  private hangUp(): void {
    this.channel?.close();
    this.channel = undefined;
    this.client = undefined;
  }
}

/** `ClusterInfo` */
function decodeClusterInfo(bytes: Buffer): GossipView {
  const info = new MessageReader(bytes);
  const members: string[] = [];
  let leader: string | undefined;
  while (info.next()) {
    if (info.field !== 1) continue;
    const member = info.message();
    let [state, isAlive, address] = [0, false, ''];
    while (member.next()) {
      if (member.field === 3) state = member.integer();
      else if (member.field === 4) isAlive = member.integer() === 1;
      else if (member.field === 5) address = decodeEndPoint(member.message());
    }
    members.push(address);
    if (state === LEADER && isAlive) leader = address;
  }
  return { leader, members };
}

function decodeEndPoint(reader: MessageReader): string {
  let [address, port] = ['', 0];
  while (reader.next()) {
    if (reader.field === 1) address = reader.text();
    else if (reader.field === 2) port = reader.integer();
  }
  return `${address}:${port}`;
}
