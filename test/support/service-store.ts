import { randomBytes } from 'node:crypto';
import { startEventNode } from './event-node.js';

/** The server that the services of a run keep their events in; unset, each embeds a node of its own. */
const SERVER = process.env.EVENTSTORE_URL || undefined;

/** Settings of a service that embeds a node, whatever the run says: for tests that kill it or look into its file. */
export const EMBEDDED = { EVENTSTORE_URL: '' };

/** By folder: a service that is started again finds what it has written. */
const namespaces = new Map<string, string>();

/** The settings of a test, and where they do not say where events are kept, a store that nobody else uses. */
export function withStore(settings: Record<string, string>, dataDir: string): Record<string, string> {
  if (SERVER === undefined || settings.EVENTSTORE_URL !== undefined) return settings;
  const namespace = namespaces.get(dataDir) ?? freshNamespace();
  namespaces.set(dataDir, namespace);
  // What is the default beside an embedded node.
  const erp = settings.ERP_CONFIG === undefined ? { ERP_CONNECTOR: 'journal' } : {};
  return { EVENTSTORE_URL: SERVER, EVENTSTORE_NAMESPACE: namespace, ...erp, ...settings };
}

/** For several services that are instances of one. */
export interface SharedStore {
  readonly settings: Readonly<Record<string, string>>;
  stop(): Promise<void>;
}

/** On the server of the run, or else on a node of its own. */
export async function startSharedStore(): Promise<SharedStore> {
  if (SERVER !== undefined) {
    const settings = { EVENTSTORE_URL: SERVER, EVENTSTORE_NAMESPACE: freshNamespace() };
    return { settings, stop: async () => undefined };
  }
  const node = await startEventNode();
  return { settings: { EVENTSTORE_URL: node.url }, stop: () => node.stop() };
}

/** One that no other test uses, on a server that outlives many runs. */
const freshNamespace = (): string => `t${randomBytes(10).toString('hex')}`;
