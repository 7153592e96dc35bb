/** Where a projection runs when it does not run in the process that is asked. */
export interface ProjectionHome {
  readonly role: 'api' | 'projector' | 'poster';
  readonly where: string;
}

const PROJECTOR: ProjectionHome = { role: 'projector', where: 'where ROLES has projector' };
const POSTER: ProjectionHome = { role: 'poster', where: 'where ROLES has poster' };
const FEED_HOME: ProjectionHome = { role: 'projector', where: 'where ROLES has projector and NATS_URL is set' };

const HOMES: ReadonlyMap<string, ProjectionHome> = new Map([
  // In memory it would be in every process that answers about availability.
  ['availability', { role: 'projector', where: 'where ROLES has projector, as REDIS_URL is set' }],
  ['feed', FEED_HOME],
  ['posting-feed', FEED_HOME],
  ['reservation-recovery', PROJECTOR],
  ['transfer-recovery', PROJECTOR],
  ['valuation', POSTER],
  ['postings', { role: 'api', where: 'where ROLES has api' }],
  ['valuation-book', { role: 'api', where: 'where ROLES has api' }],
]);

const OF_A_CONNECTOR = ['delivery-', 'decisions-', 'replay-'];

/** Undefined when no process has a projection of this name. */
export const homeOf = (name: string): ProjectionHome | undefined =>
  HOMES.get(name) ?? (OF_A_CONNECTOR.some((prefix) => name.startsWith(prefix)) ? POSTER : undefined);
