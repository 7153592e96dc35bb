import type { LocationId } from '../domain/values/identifiers.js';

export const SCOPES = [
  'availability:read',
  'reservations:write',
  'movements:write',
  'audit:read',
  'postings:read',
  'postings:write',
  'policies:write',
  'admin',
] as const;
export type Scope = (typeof SCOPES)[number];

/** Who is calling, and what they may do where. */
export interface Principal {
  /** Ends up as the actor of every event that they cause. */
  readonly name: string;
  readonly scopes: ReadonlySet<Scope>;
  /** `'*'` or the locations that are theirs. */
  readonly locations: '*' | ReadonlySet<LocationId>;
}

export const mayUseLocation = (principal: Principal, location: LocationId): boolean =>
  principal.locations === '*' || principal.locations.has(location);

/** Knows the callers by their bearer token. */
export abstract class Access {
  /** Undefined for a token that nobody has. */
  abstract principalOf(token: string): Principal | undefined;
}
