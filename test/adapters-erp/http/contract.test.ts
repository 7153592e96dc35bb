import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import ajvFormats from 'ajv-formats';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { HttpConnector } from '../../../src/adapters/erp/http/http-connector.js';
import { postingMessage } from '../../../src/adapters/erp/posting-message.js';
import { ROLES_CHART } from '../../../src/adapters/erp/roles-chart.js';
import { asyncApiDocument } from '../../../src/http/contract/asyncapi.js';
import { openApiDocument } from '../../../src/http/contract/document.js';
import { saleOf } from '../../erp/postings.js';
import { Ledger, SECRET } from './ledger.js';

const ajv = new Ajv2020({ strict: false, allErrors: true });
ajvFormats.default(ajv);
ajv.addSchema(openApiDocument(), 'http');
ajv.addSchema(asyncApiDocument(), 'nats');

function errorsOf(document: 'http' | 'nats', schema: string, value: unknown) {
  const validate = ajv.compile({ $ref: `${document}#/components/schemas/${schema}` });
  validate(value);
  return validate.errors ?? [];
}

let ledger: Ledger;
let connector: HttpConnector;
beforeAll(async () => {
  ledger = await Ledger.start();
  connector = new HttpConnector(ledger.settings);
});
afterAll(() => ledger.kill());

/** One with everything that a posting can have. */
const sale = saleOf(1, 12_345n);
const lines = sale.lines.map((line) => ({ ...line, dimensions: { class: 'toys', reason: 'damage' } }));
const message = postingMessage({ ...sale, lines }, ROLES_CHART);

describe('the contract that an integrator implements', () => {
  it('has the shape of what is posted, over HTTP and over NATS', async () => {
    expect(errorsOf('http', 'ErpPostings', { postings: [message] })).toEqual([]);
    expect(errorsOf('nats', 'ErpPosting', message)).toEqual([]);
    expect(errorsOf('http', 'ErpPosting', { ...message, lines: [] })).toHaveLength(1);
  });

  it.each<[schema: string, answer: object]>([
    ['ErpPostingResults', { results: [{ ref: sale.ref, status: 'posted', journalNumber: 4711 }] }],
    ['ErpPostingResults', { results: [{ ref: sale.ref, status: 'rejected', code: 'BAD_ACCOUNT', detail: '1400?' }] }],
    ['ErpPosted', { postings: [{ ref: sale.ref }] }],
    ['ErpPosted', { postings: [message] }],
    ['ErpBalances', { balances: [{ account: 'cogs', currency: 'GBP', debit: '1.53', credit: '0.00' }] }],
  ])('lets an endpoint answer with %s', (schema, answer) => {
    expect(errorsOf('http', schema, answer)).toEqual([]);
  });

  it.each<[schema: string, answer: object]>([
    ['ErpPostingResults', { results: [{ ref: sale.ref, status: 'done' }] }],
    ['ErpPostingResults', { results: [{ ref: sale.ref, status: 'rejected', code: 'E-17' }] }],
    ['ErpBalances', { balances: [{ account: 'cogs', currency: 'GBP', debit: 1.53, credit: '0.00' }] }],
  ])('does not let it answer anything else with %s', (schema, answer) => {
    expect(errorsOf('http', schema, answer)).toHaveLength(1);
  });

  it('has an example that an endpoint takes as it is pasted, and takes once', async () => {
    const { webhooks } = openApiDocument() as {
      webhooks: { '{ERP_URL}/postings': { post: { requestBody: { content: Record<string, Written> } } } };
    };
    const example = webhooks['{ERP_URL}/postings'].post.requestBody.content['application/json']?.examples.curl;
    const script = /```sh\n([\s\S]+)\n```/.exec(example?.description ?? '')?.[1] ?? '';
    const env = { ...process.env, ERP_URL: ledger.settings.url, ERP_SECRET: SECRET };
    const { ref } = example?.value.postings[0] ?? {};
    const paste = async () => JSON.parse((await promisify(execFile)('sh', ['-c', script], { env })).stdout);
    expect(await paste()).toEqual({ results: [{ ref, status: 'posted' }] });
    expect(await paste()).toEqual({ results: [{ ref, status: 'duplicate' }] });
    expect(await connector.find([ref ?? ''])).toEqual(new Set([ref]));
  });
});

interface Written {
  readonly examples: {
    readonly curl: {
      readonly description: string;
      readonly value: { readonly postings: readonly { readonly ref: string }[] };
    };
  };
}
