// What an integrator builds: a ledger behind the contract of `/openapi.json`, written without any of the service's code.
// It goes wrong on request: POST /faults takes the names of the faults of the next requests.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { createServer } from 'node:http';

const [port, secret, options = '{}'] = process.argv.slice(2);
/** `closedBefore`: days before it are closed; `hasPeriods`: it tells of them; `toleranceS`: how old a request may be. */
const { closedBefore = '2000-01-01', hasPeriods = true, toleranceS = 300 } = JSON.parse(options);

const ledger = new Map();
/** Body by idempotency key. */
const bodies = new Map();
const faults = [];
const seen = [];

const isGenuine = ({ headers, method }, content) => {
  const timestamp = headers['stockfold-timestamp'] ?? '';
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > toleranceS) return false;
  const expected = createHmac('sha256', secret).update(`${timestamp}.${method}.`).update(content).digest('hex');
  const given = String(headers['stockfold-signature'] ?? '').replace(/^v1=/, '');
  return given.length === expected.length && timingSafeEqual(Buffer.from(given), Buffer.from(expected));
};

/** In hundredths: this ledger has such currencies only. */
const minor = (text) => BigInt(text.replace('.', ''));
const sums = (lines) => lines.reduce((sum, { debit, credit }) => sum + minor(debit) - minor(credit), 0n);
const amountsOf = (lines) =>
  lines
    .map(({ debit, credit }) => `${debit} ${credit}`)
    .sort()
    .join();

function resultOf(posting, stuck) {
  const { ref, date, sku, location, lines } = posting;
  const cell = `${sku}@${location}`;
  const refused = (status, code, detail) => {
    stuck.add(cell);
    return { ref, status, code, detail };
  };
  const there = ledger.get(ref);
  if (there !== undefined) {
    if (amountsOf(there.lines) === amountsOf(lines)) return { ref, status: 'duplicate' };
    return refused('rejected', 'NEEDS_HUMAN', 'other amounts are posted under this ref');
  }
  if (stuck.has(cell)) return { ref, status: 'retry', detail: 'behind another' };
  if (date < closedBefore) return refused('rejected', 'PERIOD_CLOSED', `${date} is closed`);
  if (lines.some(({ account }) => account === 'nowhere')) return refused('rejected', 'BAD_ACCOUNT', 'no such account');
  if (sums(lines) !== 0n) return refused('rejected', 'UNBALANCED', 'debits are not credits');
  ledger.set(ref, posting);
  return { ref, status: 'posted' };
}

const postAll = (postings) => {
  const stuck = new Set();
  return postings.map((posting) => resultOf(posting, stuck));
};

function balances(asOf) {
  const accounts = new Map();
  for (const { date, currency, lines } of ledger.values()) {
    if (asOf !== null && date > asOf) continue;
    for (const { account, debit, credit } of lines) {
      const key = `${account} ${currency}`;
      const sum = accounts.get(key) ?? { debit: 0n, credit: 0n };
      accounts.set(key, { debit: sum.debit + minor(debit), credit: sum.credit + minor(credit) });
    }
  }
  const text = (amount) => String(amount).padStart(3, '0').replace(/(..)$/, '.$1');
  return [...accounts].map(([key, { debit, credit }]) => {
    const [account, currency] = key.split(' ');
    return { account, currency, debit: text(debit), credit: text(credit) };
  });
}

const isSameBody = (key, body) => {
  const before = bodies.get(key) ?? body;
  bodies.set(key, before);
  return before === body;
};

/** @returns status, JSON or text, and headers; undefined for no answer at all */
function answerTo(request, url, body) {
  const asked = url.pathname;
  if (!isGenuine(request, request.method === 'POST' ? body : url.search.slice(1))) return [401, { title: 'no' }];
  if (request.method === 'GET' && asked === '/erp/balances') {
    return [200, { balances: balances(url.searchParams.get('asOf')) }];
  }
  if (request.method === 'GET' && asked === '/erp/open-date' && hasPeriods) {
    const from = url.searchParams.get('from');
    return [200, { date: from < closedBefore ? closedBefore : from }];
  }
  if (request.method === 'GET' && asked === '/erp/postings') {
    const found = url.searchParams.getAll('ref').map((ref) => ledger.get(ref));
    return [200, { postings: found.filter((posting) => posting !== undefined) }];
  }
  if (request.method !== 'POST' || asked !== '/erp/postings') return [404, { title: 'Not found' }];
  if (!isSameBody(request.headers['idempotency-key'], body)) return [422, { title: 'Another body under this key' }];
  return [200, { results: postAll(JSON.parse(body).postings) }];
}

function afterEffect(effect, answer) {
  effect();
  return answer;
}

/** How a request goes wrong; `effect` does what it asked for and says what the answer would have been. */
const FAULTS = {
  'dropped-before': () => undefined,
  'dropped-after': (effect) => afterEffect(effect, undefined),
  'never-answered': (effect) => afterEffect(effect, 'silence'),
  'error-after': (effect) => afterEffect(effect, [500, { title: 'Internal error' }]),
  'unavailable-for-60-s': () => [503, 'down for maintenance', { 'retry-after': '60' }],
  'throttled-for-7-s': () => [429, { detail: 'slowly' }, { 'retry-after': '7' }],
  'garbage-after': (effect) => afterEffect(effect, [200, '<html>Welcome</html>']),
  'half-an-answer': (effect) => [200, { results: effect()[1].results?.slice(0, 1) }],
  'another-status': (effect) => [200, { results: effect()[1].results.map((one) => ({ ...one, status: 'maybe' })) }],
  'another-code': (_, { postings }) => [
    200,
    { results: postings.map(({ ref }) => ({ ref, status: 'rejected', code: 'E-17', detail: 'ask Sue' })) },
  ],
  'asks-again': (_, { postings }) => [200, { results: postings.map(({ ref }) => ({ ref, status: 'retry' })) }],
  'no-list': () => [200, { results: 'all well' }],
  invalid: () => [422, { title: 'Unprocessable', detail: 'sku is too long' }],
  moved: () => [307, '', { location: '/elsewhere' }],
};

const server = createServer(async (request, response) => {
  let body = '';
  for await (const chunk of request) body += chunk;
  const url = new URL(request.url, 'http://ledger');
  const end = (status, content, headers = {}) =>
    response.writeHead(status, headers).end(typeof content === 'string' ? content : JSON.stringify(content));
  if (url.pathname === '/faults') return end(204, '', void faults.push(...JSON.parse(body)));
  if (url.pathname === '/seen') return end(200, { seen, ledger: [...ledger.values()] });
  seen.push({
    method: request.method,
    path: url.pathname,
    headers: request.headers,
    connection: request.socket.remotePort,
  });
  const fault = FAULTS[faults.shift()];
  const answer =
    fault === undefined
      ? answerTo(request, url, body)
      : fault(() => answerTo(request, url, body), body === '' ? {} : JSON.parse(body));
  if (answer === 'silence') return;
  if (answer === undefined) request.socket.destroy();
  else end(...answer);
});
server.listen(Number(port), '127.0.0.1', () => console.log('the ledger is open'));
