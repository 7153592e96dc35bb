/**
 * The load: one request in flight a connection, raw sockets, an HTTP/1.1 reader that knows just what our servers send.
 * A process of its own, so that its processor time is counted apart. Gets one job at a time, answers with its figures.
 */
import { connect } from 'node:net';
import { LOADS } from './loads.mjs';

const HEAD_END = Buffer.from('\r\n\r\n');

/** One connection that asks again as soon as it has been answered. */
class Client {
  /** Chunks of an answer that is not all there yet. */
  #pending = [];
  /** Bytes of the answer that is coming in, once its head is known. */
  #wanted = 0;
  #sentAt = 0;

  constructor(port, nextRequest, onAnswer) {
    this.nextRequest = nextRequest;
    this.onAnswer = onAnswer;
    this.done = new Promise((resolve, reject) => {
      this.finish = resolve;
      this.fail = reject;
    });
    this.socket = connect({ port, host: '127.0.0.1', noDelay: true });
    this.socket.on('data', (chunk) => this.#read(chunk));
    this.socket.on('error', this.fail);
    this.socket.on('close', () => this.fail(new Error('The server closed a connection.')));
    this.opened = new Promise((resolve) => this.socket.once('connect', resolve));
  }

  ask(previous) {
    const request = this.nextRequest(this, previous);
    if (request === undefined) return this.finish();
    this.#sentAt = performance.now();
    this.socket.write(request, 'latin1');
  }

  #read(chunk) {
    const answer = this.#pending.length === 0 ? chunk : Buffer.concat([...this.#pending, chunk]);
    if (this.#wanted === 0) this.#wanted = wholeLength(answer);
    if (this.#wanted === 0 || answer.length < this.#wanted) {
      this.#pending = [answer];
      return;
    }
    const latencyMs = performance.now() - this.#sentAt;
    this.#pending = [];
    this.#wanted = 0;
    const status = (answer[9] - 48) * 100 + (answer[10] - 48) * 10 + answer[11] - 48;
    this.onAnswer(status, latencyMs, answer);
    this.ask(answer);
  }
}

function wholeLength(answer) {
  const end = answer.indexOf(HEAD_END);
  if (end === -1) return 0;
  const length = /\r\ncontent-length: (\d+)/i.exec(answer.latin1Slice(0, end))?.[1];
  if (length === undefined) throw new Error(`No content-length: ${answer.latin1Slice(0, end)}`);
  return end + HEAD_END.length + Number(length);
}

/** @param job `{port, load, inFlight, seconds | requests, ...}`: the rest is the load's own */
async function run(job) {
  const next = LOADS[job.load](job);
  const statuses = {};
  const latenciesMs = [];
  let left = job.requests ?? Number.POSITIVE_INFINITY;
  let until = Number.POSITIVE_INFINITY;
  const nextRequest = (client, previous) => {
    if (left === 0 || performance.now() > until) return undefined;
    left -= 1;
    return next(client, previous);
  };
  const onAnswer = (status, latencyMs) => {
    statuses[status] = (statuses[status] ?? 0) + 1;
    latenciesMs.push(latencyMs);
  };
  const clients = Array.from({ length: job.inFlight }, () => new Client(job.port, nextRequest, onAnswer));
  await Promise.all(clients.map((client) => client.opened));
  process.send({ started: true });
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  until = startedAt + (job.seconds ?? Number.POSITIVE_INFINITY) * 1_000;
  for (const client of clients) client.ask();
  await Promise.all(clients.map((client) => client.done));
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  for (const { socket } of clients) socket.destroy();
  latenciesMs.sort((a, b) => a - b);
  const at = (share) => latenciesMs[Math.min(latenciesMs.length - 1, Math.floor(latenciesMs.length * share))] ?? 0;
  return { requests: latenciesMs.length, elapsedMs, statuses, p50Ms: at(0.5), p99Ms: at(0.99), cpuUs: user + system };
}

process.on('message', (job) => {
  run(job).then(
    (figures) => process.send({ figures }),
    (error) => process.send({ error: String(error?.stack ?? error) }),
  );
});
