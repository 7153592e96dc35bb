import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openApiDocument } from '../../src/http/contract/document.js';
import { ServiceProcess } from '../support/service.js';

let shop: ServiceProcess;
beforeAll(async () => {
  shop = await ServiceProcess.start();
});
afterAll(() => shop.remove());

interface Curl {
  readonly summary: string;
  /** Markdown with the command in it. */
  readonly description: string;
  readonly value: object;
}
interface Written {
  readonly description?: string;
  readonly parameters: readonly { readonly name: string; readonly in: string; readonly example?: string }[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { examples?: { curl: Curl } }>> };
}
const { paths } = openApiDocument() as { paths: Readonly<Record<string, Readonly<Record<string, Written>>>> };

const operations = Object.entries(paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, written]) => ({ name: `${method} ${path}`, method, path, written })),
);
const curlOf = ({ requestBody }: Written) => requestBody?.content['application/json']?.examples?.curl;
const examples = operations.flatMap((operation) => {
  const curl = curlOf(operation.written);
  return curl === undefined ? [] : [{ ...operation, curl }];
});

/** The path with its parameters as the document gives examples of them. */
const filled = (path: string, { parameters }: Written): string =>
  path.replace(/\{(\w+)\}/g, (_, name: string) => parameters.find((one) => one.name === name)?.example ?? '');

describe('the examples of the API document', () => {
  it('are there for whatever is set, with what a caller must know', () => {
    const decided = ['/v1/transfers', '/v1/postings', '/v1/replays'];
    const needed = operations.filter(
      ({ method, path }) => method === 'put' || decided.some((beginning) => path.startsWith(beginning)),
    );
    const asked = needed.filter(({ method }) => method !== 'get').map(({ name }) => name);
    expect(examples.map(({ name }) => name)).toEqual(asked);
    // More than the scope, which every operation names.
    for (const { written } of examples) expect(written.description).toMatch(/\n\nNeeds the scope/);
  });

  it.each(examples)('$name is accepted as it is written', async ({ method, path, written, curl }) => {
    const to = filled(path, written);
    expect(curl.description).toContain(`-X ${method.toUpperCase()} "\${ADDRESS:-http://127.0.0.1:3000}${to}"`);
    expect(curl.description).toContain(`-d '${JSON.stringify(curl.value)}'`);
    const answer = await (method === 'put' ? shop.put(to, curl.value) : shop.post(to, curl.value));
    // Nothing is parked here: what the decision is about is looked for once it has been understood.
    if (/^\/v1\/postings\/decisions\/./.test(path)) expect(answer.body).toMatchObject({ code: 'unknown-decision' });
    else if (path.startsWith('/v1/postings/{'))
      expect(answer.body).toMatchObject({ status: 404, code: 'unknown-posting' });
    else expect([200, 201, 202]).toContain(answer.status);
  });

  it('are served', async () => {
    const { body } = await shop.get('/openapi.json', 'nobody');
    expect(body.paths['/v1/skus/{sku}'].put.requestBody).toEqual(paths['/v1/skus/{sku}']?.put?.requestBody);
    expect((await shop.get('/docs', 'nobody')).status).toBe(200);
  });
});
