import 'reflect-metadata';
import { RequestMethod, type Type } from '@nestjs/common';
import { describe, expect, it } from 'vitest';
import { OPERATIONS, openApiDocument } from '../../../src/http/contract/document.js';
import { CONTROLLERS } from '../../../src/http/controllers/index.js';
import type { Scope } from '../../../src/ports/access.js';

interface Route {
  readonly method: string;
  readonly path: string;
  readonly scope: Scope | undefined;
}

/** What a controller's decorators say. */
function routesOf(controller: Type): Route[] {
  const base: string = Reflect.getMetadata('path', controller);
  const handlers = Object.getOwnPropertyNames(controller.prototype).map((name) => controller.prototype[name]);
  return handlers
    .filter((handler) => Reflect.hasMetadata('method', handler))
    .map((handler) => ({
      method: RequestMethod[Reflect.getMetadata('method', handler)]?.toLowerCase() ?? '',
      path: `/${base}/${Reflect.getMetadata('path', handler)}`
        .replace(/\/+/g, '/')
        .replace(/(.)\/$/, '$1')
        .replace(/:(\w+)/g, '{$1}'),
      scope: Reflect.getMetadata('stockfold:scope', handler) ?? Reflect.getMetadata('stockfold:scope', controller),
    }));
}

const byPath = (a: Route, b: Route): number => (`${a.path} ${a.method}` < `${b.path} ${b.method}` ? -1 : 1);

describe('the written API contract', () => {
  it('names every route with its scope, and no other', () => {
    const served = CONTROLLERS.flatMap(routesOf).sort(byPath);
    const written = OPERATIONS.map(({ method, path, scope }) => ({ method, path, scope })).sort(byPath);
    expect(written).toEqual(served);
  });

  it('refers only to schemas that it holds', () => {
    const text = JSON.stringify(openApiDocument());
    const held = Object.keys((openApiDocument() as { components: { schemas: object } }).components.schemas);
    const meant = [...text.matchAll(/#\/components\/schemas\/(\w+)/g)].map((match) => match[1] ?? '');
    expect(meant.filter((name) => !held.includes(name))).toEqual([]);
    expect(held.filter((name) => !meant.includes(name))).toEqual([]);
  });
});
