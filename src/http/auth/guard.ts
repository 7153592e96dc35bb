import { type CanActivate, type ExecutionContext, Inject, SetMetadata } from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import type { FastifyRequest } from 'fastify';
import { Access, type Principal, type Scope } from '../../ports/access.js';
import { Problem } from '../problem.js';

const SCOPE = 'stockfold:scope';

/** What a caller must be allowed to; a handler without it is open to everybody. */
export const Needs = (scope: Scope) => SetMetadata(SCOPE, scope);

const KEY_IN_ADDRESS = 'stockfold:key-in-address';

/** The key may also come as `?access_token=` (RFC 6750, 2.3): a browser's EventSource can send no headers. */
export const KeyMayBeInAddress = () => SetMetadata(KEY_IN_ADDRESS, true);

/** A request whose caller is known. */
export interface AuthenticatedRequest extends FastifyRequest {
  principal: Principal;
}

/** 401 for a caller that nobody knows, 403 for one who may not do this. */
export class ScopeGuard implements CanActivate {
  /** What each handler needs: decorators do not change. */
  private readonly scopes = new WeakMap<object, Scope | 'none'>();

  constructor(
    @Inject(Access) private readonly access: Access,
    @Inject(Reflector) private readonly reflector: Reflector,
  ) {}

  canActivate(context: ExecutionContext): boolean {
    const scope = this.scopes.get(context.getHandler()) ?? this.look(context);
    if (scope === 'none') return true;
    const request = context.switchToHttp().getRequest<AuthenticatedRequest>();
    const principal = this.principalOf(request.headers.authorization ?? this.headerInAddress(context, request));
    if (!principal.scopes.has(scope)) throw new Problem(403, 'forbidden', `This key lacks the scope ${scope}.`);
    request.principal = principal;
    return true;
  }

  private look(context: ExecutionContext): Scope | 'none' {
    const handler = context.getHandler();
    const scope = this.reflector.getAllAndOverride<Scope | undefined>(SCOPE, [handler, context.getClass()]) ?? 'none';
    this.scopes.set(handler, scope);
    return scope;
  }

  private headerInAddress(context: ExecutionContext, { query }: FastifyRequest): string | undefined {
    const token = (query as Readonly<Record<string, unknown>> | undefined)?.access_token;
    if (typeof token !== 'string') return undefined;
    return this.reflector.get<true | undefined>(KEY_IN_ADDRESS, context.getHandler()) && `Bearer ${token}`;
  }

  private principalOf(header: string | undefined): Principal {
    const token = header === undefined ? undefined : /^Bearer (\S+)$/i.exec(header)?.[1];
    const principal = token === undefined ? undefined : this.access.principalOf(token);
    if (principal !== undefined) return principal;
    throw new Problem(401, 'unauthorized', 'Send a key that this service knows as "Authorization: Bearer <key>".');
  }
}
