import type {
  AllStreamSubscription,
  EventStoreDBClient,
  Filter,
  Position,
  StreamSubscription,
} from '@eventstore/db-client';
import { expect, onTestFinished, vi } from 'vitest';

/** What a subscription says, as it says it: `confirmed`, `caught up`, revisions. It is left when the test ends. */
export function listen(subscription: StreamSubscription | AllStreamSubscription) {
  const said: string[] = [];
  const errors: Error[] = [];
  onTestFinished(() => subscription.unsubscribe());
  const heard: AllStreamSubscription = subscription as AllStreamSubscription;
  heard.on('confirmation', () => said.push('confirmed'));
  heard.on('caughtUp', () => said.push('caught up'));
  heard.on('error', (error: Error) => errors.push(error));
  heard.on('data', ({ event }) => said.push(String(event?.revision)));
  const revisions = () => said.filter((word) => /\d/.test(word));
  return {
    said,
    errors,
    revisions,
    /** Waits until this is all it has said. */
    hears: (expected: readonly string[]) => eventually(() => expect(said).toEqual(expected)),
    /** Waits until these are all the events it has brought. */
    brings: (expected: readonly string[]) => eventually(() => expect(revisions()).toEqual(expected)),
    says: (word: string) => eventually(() => expect(said).toContain(word)),
    failsWith: (kind: new (...args: never[]) => Error) => eventually(() => expect(errors[0]).toBeInstanceOf(kind)),
  };
}

const eventually = (check: () => void): Promise<void> => vi.waitFor(check, { timeout: 30_000 });

/** What a subscription to `$all` brings, as `stream revision`, up to the first event of that last stream. */
export async function hearAll(
  client: EventStoreDBClient,
  options: { fromPosition: Position; filter?: Filter },
  until: string,
): Promise<string[]> {
  const heard: string[] = [];
  const subscription = client.subscribeToAll(options);
  try {
    await new Promise<void>((resolve, reject) => {
      subscription.on('error', reject);
      subscription.on('data', ({ event }) => {
        heard.push(`${event?.streamId} ${event?.revision}`);
        if (event?.streamId === until) resolve();
      });
    });
    return heard;
  } finally {
    await subscription.unsubscribe();
  }
}
