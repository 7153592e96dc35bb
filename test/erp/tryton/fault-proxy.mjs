import { once } from 'node:events';
import { createServer, request } from 'node:http';

/** What can become of a call on its way to the ERP and back. */
export const FAULTS = ['lost', 'unanswered', 'refused-500', 'applied-500', 'slow', 'torn'];

/**
 * Stands between a connector and an ERP, and lets calls fail as it is told: `fault` is asked with the method of each
 * call and answers with one of {@link FAULTS}, or nothing.
 */
export class FaultProxy {
  fault = () => undefined;
  /** How often each fault came about. */
  counts = Object.fromEntries(FAULTS.map((name) => [name, 0]));
  /** Methods of all calls, in order. */
  calls = [];
  slowMs = 1_000;
  /** The sessions of now are unknown to the ERP from here on. */
  expireSessions = false;
  #expired = new Set();
  #known = new Set();
  #server;
  #sockets = new Set();

  static async start(url) {
    const proxy = new FaultProxy();
    proxy.target = new URL(url);
    await proxy.listen(0);
    return proxy;
  }

  get url() {
    return `http://127.0.0.1:${this.port}${this.target.pathname}`;
  }

  /** Listens again after `refuse`. */
  async listen(port = this.port) {
    this.#server = createServer((incoming, outgoing) => this.#pass(incoming, outgoing));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.once('close', () => this.#sockets.delete(socket));
    });
    this.#server.listen(port, '127.0.0.1');
    await once(this.#server, 'listening');
    this.port = this.#server.address().port;
  }

  /** Takes no connections any more. */
  async refuse() {
    const closed = once(this.#server, 'close');
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  async #pass(incoming, outgoing) {
    const body = await collected(incoming);
    if (body === undefined) return;
    const { authorization } = incoming.headers;
    if (this.expireSessions) this.#expired = new Set(this.#known);
    this.expireSessions = false;
    if (this.#expired.has(authorization)) return outgoing.writeHead(401).end();
    if (authorization !== undefined) this.#known.add(authorization);
    const { method } = JSON.parse(body);
    this.calls.push(method);
    const fault = this.fault(method);
    if (fault !== undefined) this.counts[fault] += 1;
    const hangUp = () => incoming.socket.destroy();
    if (fault === 'lost') return hangUp();
    if (fault === 'refused-500') return outgoing.writeHead(500).end('down for a moment');
    const answer = await this.#forward(incoming, body);
    if (answer === undefined || fault === 'unanswered') return hangUp();
    if (fault === 'applied-500') return outgoing.writeHead(502).end('bad gateway');
    const finish = () => {
      if (fault !== 'torn')
        return outgoing.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
      outgoing.writeHead(200, {
        'content-type': 'application/json',
        'content-length': String(answer.body.length + 10),
      });
      outgoing.write(answer.body, hangUp);
    };
    if (fault === 'slow') setTimeout(finish, this.slowMs);
    else finish();
  }

  /** Undefined when the ERP does not answer. */
  #forward({ headers: { authorization } }, body) {
    return new Promise((resolve) => {
      const headers = { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) };
      if (authorization !== undefined) headers.authorization = authorization;
      const forwarded = request(this.target, { method: 'POST', headers, agent: false }, async (response) => {
        const answer = await collected(response);
        resolve(answer === undefined ? undefined : { status: response.statusCode, body: answer });
      });
      forwarded.on('error', () => resolve(undefined));
      forwarded.end(body);
    });
  }
}

/** Undefined when it breaks off. */
async function collected(stream) {
  const chunks = [];
  try {
    for await (const chunk of stream) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } catch {
    return undefined;
  }
}
