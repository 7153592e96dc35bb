import { ACCOUNT_ROLES } from '../../domain/valuation/accounts.js';
import { REJECTIONS } from '../../ports/erp.js';
import { count, currency, list, location, object, ref, type Schema, sku, text } from './schema.js';

const date = text('`YYYY-MM-DD`', { format: 'date' });
const amount = text('Decimal with the places of the currency, not below 0.', { pattern: '^\\d+(\\.\\d+)?$' });
const postingRef = text('Names the posting for good: its idempotency key.', { pattern: '^[A-Za-z0-9.-]{1,64}$' });
const account = text("As the chart of accounts calls it; the line's role where none is set.");

const line = object(
  {
    role: text('What the account is for.', { enum: ACCOUNT_ROLES }),
    account,
    location,
    debit: amount,
    credit: amount,
    dimensions: object({ class: text('Of the SKU.'), reason: text('Of an adjustment.') }, ['class', 'reason']),
  },
  ['dimensions'],
);

/** What is posted, by HTTP and over NATS alike. */
export const ERP_POSTING: Schema = object({
  ref: postingRef,
  date,
  sku,
  location,
  currency,
  lines: list(line, 2, 100_000),
  source: object({
    stream: text('The stock stream of the movement.'),
    revision: count('Of the movement in it.'),
    type: text('E.g. Sold.'),
    movementId: text('The id that the movement was told under.'),
  }),
  mapping: text('Name and version of the chart of accounts.'),
});

/** Answers are of others: what they hold beside is nobody's business here. */
const open = (properties: Record<string, Schema>, optional: readonly string[] = []): Schema => ({
  ...object(properties, optional),
  additionalProperties: true,
});

export const ERP_ENDPOINT_SCHEMAS: Readonly<Record<string, Schema>> = {
  ErpPosting: ERP_POSTING,
  ErpPostings: object({ postings: list(ref('ErpPosting'), 1, 1_000) }),
  ErpPostingResults: open({
    results: list(
      open(
        {
          ref: postingRef,
          status: text(
            '`posted`: it is in the ledger now, for good. `duplicate`: it was there already. `rejected`: a person has to ' +
              'do something first. `retry`: it is not there, and may be sent again by itself.',
            { enum: ['posted', 'duplicate', 'rejected', 'retry'] },
          ),
          code: text('Why it is rejected.', { enum: REJECTIONS }),
          detail: text('For people.', { maxLength: 500 }),
        },
        ['code', 'detail'],
      ),
      1,
      1_000,
    ),
  }),
  ErpPosted: open({
    postings: list(
      open(
        {
          ref: postingRef,
          date,
          currency,
          lines: list(open({ account, debit: amount, credit: amount }), 2, 100_000),
        },
        ['date', 'currency', 'lines'],
      ),
      0,
      50,
    ),
  }),
  ErpOpenDate: open({ date: { ...date, type: ['string', 'null'], description: 'Null when there is none.' } }),
  ErpBalances: open({
    balances: list(open({ account, currency, location, debit: amount, credit: amount }, ['location']), 0, 100_000),
  }),
};

const SIGNATURE = `Signed: \`Stockfold-Timestamp\` holds seconds since 1970, \`Stockfold-Signature\` is \`v1=\` and, in hex, \
the HMAC-SHA256 under \`ERP_SECRET\` of timestamp, dot, method, dot, and the body byte by byte as it came (of a GET the \
query behind the \`?\`). Answer 401 to any other signature, compared in constant time, and to a timestamp that is more \
than 300 seconds from now: then nobody can send an old request again.`;

const POSTING_RULES = `\`ref\` is the idempotency key of a posting: what is in the ledger under it is a \`duplicate\`, \
however long ago it was posted, and with other amounts it is \`rejected\` with \`NEEDS_HUMAN\`. Of two requests at the \
same time, the second must find what the first one posts. \`Idempotency-Key\` stands for the whole body; an answer may be \
given again under it only while all its results are \`posted\` or \`duplicate\`.

Post in order, each posting as a whole or not at all. Behind one that is neither \`posted\` nor \`duplicate\`, later ones \
of the same SKU and location must not be posted: answer \`retry\`. Answer once it is durable.

400, 413 and 422 say that nothing is posted and that it would be refused again: the postings come again one by one, and \
one that is refused alone waits for a person. 429 says that nothing is posted. After a 5xx, 408, 409, or no answer in \
time, refs are looked up before anything is sent again. \`Retry-After\` of a 429 or 5xx is kept, and neither \
counts as a failure then; after a 429 without it the endpoint is left alone for a second. Redirects are not \
followed.`;

const EXAMPLE = {
  postings: [
    {
      ref: '6f0f4a52-8a3c-5b7e-9d7e-0c6c3f1f2a11',
      date: '2026-03-02',
      sku: 'MUG-1',
      location: 'LEEDS',
      currency: 'GBP',
      lines: [
        { role: 'inventory', account: 'inventory', location: 'LEEDS', debit: '0.00', credit: '1.53' },
        { role: 'cogs', account: 'cogs', location: 'LEEDS', debit: '1.53', credit: '0.00' },
      ],
      source: { stream: 'stock-MUG-1@LEEDS', revision: 7, type: 'Sold', movementId: 'till-4-1017' },
      mapping: 'roles-1',
    },
  ],
};

/** For a shell in which ERP_URL and ERP_SECRET are set as they are for the service. */
const CURL = `body='${JSON.stringify(EXAMPLE)}'
now=$(date +%s)
hmac=$(printf '%s.POST.%s' "$now" "$body" | openssl dgst -sha256 -hmac "$ERP_SECRET" -r | cut -d ' ' -f 1)
curl -sS "$ERP_URL/postings" -H 'Content-Type: application/json' -H 'Idempotency-Key: example-1' \\
  -H "Stockfold-Timestamp: $now" -H "Stockfold-Signature: v1=$hmac" -d "$body"`;

const header = (name: string, schema: Schema) => ({ name, in: 'header', required: true, schema });
const query = (name: string, required: boolean, schema: Schema) => ({ name, in: 'query', required, schema });
const SIGNED = [
  header('Stockfold-Timestamp', text('Seconds since 1970.', { pattern: '^\\d+$' })),
  header('Stockfold-Signature', text('HMAC-SHA256, in hex.', { pattern: '^v1=[0-9a-f]{64}$' })),
];
const json = (schema: string, more: object = {}) => ({ 'application/json': { schema: ref(schema), ...more } });
const answers = (schema: string, description: string) => ({
  200: { description, content: json(schema) },
  401: { description: 'The signature is not right, or not of now.' },
});

/** What an integrator implements below ERP_URL, as `webhooks` of the OpenAPI document. */
export const ERP_ENDPOINT: object = {
  '{ERP_URL}/postings': {
    post: {
      summary: 'With ERP_CONNECTOR=http: postings for the ledger.',
      description: `${POSTING_RULES}\n\n${SIGNATURE}`,
      parameters: [...SIGNED, header('Idempotency-Key', text('The same for the same body, and for no other.'))],
      requestBody: {
        required: true,
        content: json('ErpPostings', {
          examples: {
            curl: { summary: 'The sale of a mug', description: `\`\`\`sh\n${CURL}\n\`\`\``, value: EXAMPLE },
          },
        }),
      },
      responses: answers('ErpPostingResults', 'What became of each posting, by its ref.'),
    },
    get: {
      summary: 'With ERP_CONNECTOR=http: which of these refs are posted.',
      description: `Up to 50 refs. Those that are not posted are left out. Whoever answers without date, currency and lines \
takes no part in the reconciliation of single postings.\n\n${SIGNATURE}`,
      parameters: [...SIGNED, query('ref', true, { type: 'array', items: postingRef, minItems: 1, maxItems: 50 })],
      responses: answers('ErpPosted', 'Those that are posted.'),
    },
  },
  '{ERP_URL}/balances': {
    get: {
      summary: 'With ERP_CONNECTOR=http: what each account holds.',
      description: `For the reconciliation; answer 404 where it cannot be told. Sums of all debits and of all credits, \
whoever posted them; accounts on which nothing was ever posted may be left out. \
Where you keep the locations of lines, give an account's sums for each \`location\`, and without one those of lines that have \
none: then they are compared shop by shop.\n\n${SIGNATURE}`,
      parameters: [...SIGNED, query('asOf', false, text('Up to the end of this day; of all days without it.'))],
      responses: answers('ErpBalances', 'The accounts.'),
    },
  },
  '{ERP_URL}/open-date': {
    get: {
      summary: 'With ERP_CONNECTOR=http: the first day, from this one on, on which postings are taken.',
      description: `Asked when somebody wants a posting of a closed period in the next open one without naming a day. \
Answer 404 where it cannot be told: the day of the decision is taken then, unless the person names another.\n\n${SIGNATURE}`,
      parameters: [...SIGNED, query('from', true, date)],
      responses: answers('ErpOpenDate', 'The day.'),
    },
  },
};
