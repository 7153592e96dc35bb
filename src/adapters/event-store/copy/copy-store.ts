import { Carrier, goneOn } from './carrier.js';
import { Handover } from './handover.js';
import { OrderedAppends } from './ordered-appends.js';
import { type CopyProgress, CopyRefused, type Pair } from './pair.js';
import { Proof } from './proof.js';
import type { RawStore } from './raw-store.js';
import { IDENTITY_STREAM, jsonOf } from './stored-event.js';

export interface CopyReport {
  /** Copied this time; the others were there. */
  readonly copied: number;
  readonly events: number;
  readonly streams: number;
  /** SHA-256 over everything of all events in their order, the same of both stores. */
  readonly digest: string;
  /** The store's identity: positions and tokens of the source mean nothing in it. */
  readonly identity: string;
}

/** What is written to the source while it is copied is copied too, so often; after that somebody has to stop it. */
const MOST_ROUNDS = 5;

/**
 * Copies all streams into a store that is empty, or holds the beginning of this copy. The order over all streams is
 * kept, so what is there already shows how far an earlier attempt got, and equality can be proved in one pass. Only a
 * source that stands still is handed over.
 * @throws CopyRefused, StoreFailed
 */
export async function copyStore(
  source: RawStore,
  target: RawStore,
  onProgress: (progress: CopyProgress) => void,
): Promise<CopyReport> {
  const from = await identityOf(source);
  if (from === undefined)
    throw new CopyRefused(`${source.name} has no ${IDENTITY_STREAM}: no service has written to it`);
  const former = await identityOf(target);
  if (former !== undefined && former.copiedFrom !== from.id) {
    throw new CopyRefused(`${target.name} is in use as a store of its own; copy into an empty one`);
  }
  const pair: Pair = { source, target, sourceId: from.id, onProgress };
  const appends = new OrderedAppends(target);
  const handover = new Handover(from.id);
  const carrier = new Carrier(pair, appends, handover, former !== undefined);
  const proof = new Proof(pair);
  for (let round = 1; ; round++) {
    await carrier.run();
    await proof.run(carrier.reached);
    const behind = await carrier.behind();
    if (behind === 0) break;
    if (former !== undefined) throw goneOn(pair);
    if (round === MOST_ROUNDS) throw stillMoves(pair, behind);
  }
  const { copied } = carrier;
  if (former !== undefined) return { copied, ...proof.result(), identity: former.id };
  refuseUnfinished(handover, source);
  await handover.write(appends, (position) => proof.places.of(position));
  if ((await carrier.behind()) > 0) throw goneOn(pair);
  const identity = await handover.finish(appends);
  return { copied, ...proof.result(), identity };
}

async function identityOf(store: RawStore): Promise<{ id: string; copiedFrom: unknown } | undefined> {
  const event = await store.newest(IDENTITY_STREAM);
  const { id, copiedFrom: origin } = (event && jsonOf(event.data)) ?? {};
  return typeof id === 'string' ? { id, copiedFrom: origin } : undefined;
}

const stillMoves = ({ source }: Pair, behind: number): CopyRefused =>
  new CopyRefused(
    `${source.name} still moves, and the copy is ${behind} events behind: stop the writers and run it again, ` +
      'it goes on from here',
  );

function refuseUnfinished(handover: Handover, source: RawStore): void {
  const [replay] = handover.unfinished;
  if (replay === undefined) return;
  throw new CopyRefused(
    `${replay} has not come to its end, and the places it names mean nothing in another store: let a service on ` +
      `${source.name} finish it, and run this again, it goes on from here`,
  );
}
