import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { LocationId } from '../../domain/values/identifiers.js';
import { mayUseLocation, type Principal } from '../../ports/access.js';
import type { Caller } from '../../streams/stream-kind.js';
import { Problem } from '../problem.js';
import type { AuthenticatedRequest } from './guard.js';

const requestOf = (context: ExecutionContext) => context.switchToHttp().getRequest<AuthenticatedRequest>();

/** The caller of this request and their rights. */
export const CallerPrincipal = createParamDecorator(
  (_: unknown, context: ExecutionContext): Principal => requestOf(context).principal,
);

/** What the events of this request say about where they came from. */
export const CallerOf = createParamDecorator((_: unknown, context: ExecutionContext): Caller => {
  const request = requestOf(context);
  return { actor: request.principal.name, correlationId: request.id };
});

/** @throws Problem 403 for a location that is not the caller's */
export function assertOwnLocation(principal: Principal, location: LocationId): void {
  if (!mayUseLocation(principal, location)) throw foreignLocation(location);
}

export const foreignLocation = (location: LocationId): Problem =>
  new Problem(403, 'foreign-location', `This key may not write at ${location}.`, { location });
