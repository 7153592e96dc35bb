import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import {
  type AppendToStreamOptions,
  binaryEvent,
  type EventData,
  EventStoreDBClient,
  jsonEvent,
  type Position,
  type ReadStreamOptions,
  type ResolvedEvent,
} from '@eventstore/db-client';
import { afterAll, expect } from 'vitest';
import { EVENT_NODE_ENTRY } from '../../support/event-node.js';
import { realEventNode } from '../../support/servers.js';

/** The server that the conformance suite speaks to; unset, it is an embedded node that all its files share. */
const SERVER = process.env.EVENTSTORE_URL;

/** The built node as a child process: it ends with the test run, whatever happens, since its pipe closes then. */
export class NodeProcess {
  private constructor(
    readonly directory: string,
    readonly port: number,
    readonly process: ChildProcess,
  ) {}

  /** Resolves when the node says that clients may come. */
  static async start(at: { directory?: string; port?: number; flags?: readonly string[] } = {}): Promise<NodeProcess> {
    const directory = at.directory ?? (await mkdtemp(join(tmpdir(), 'stockfold-test-node-')));
    const child = runNode(['--data', directory, '--port', String(at.port ?? 0), '--child', ...(at.flags ?? [])]);
    const said = await new Promise<string>((resolve, reject) => {
      createInterface({ input: child.stdout }).once('line', resolve);
      child.once('exit', (code) => reject(new Error(`the event node ended with code ${code}`)));
    });
    return new NodeProcess(directory, (JSON.parse(said) as { port: number }).port, child);
  }

  get url(): string {
    return `esdb://127.0.0.1:${this.port}?tls=false`;
  }

  /** Ends it as a crash would. */
  async kill9(): Promise<void> {
    if (this.process.exitCode !== null || this.process.signalCode !== null) return;
    const exited = once(this.process, 'exit');
    this.process.kill('SIGKILL');
    await exited;
  }

  /** Ends it in good order, by closing its pipe; gives the exit code. */
  async stop(): Promise<number | null> {
    const exited = once(this.process, 'exit');
    this.process.stdin?.end();
    const [code] = await exited;
    return code;
  }

  /** Starts it again on the same port with the same events. */
  restart(): Promise<NodeProcess> {
    return NodeProcess.start({ directory: this.directory, port: this.port });
  }

  async remove(): Promise<void> {
    await this.kill9();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Runs the built entry file with these flags. */
export function runNode(flags: readonly string[]) {
  return spawn(process.execPath, [EVENT_NODE_ENTRY, ...flags], { stdio: ['pipe', 'pipe', 'pipe'] });
}

/**
 * The client all tests of one file share, since the library keeps its pending appends once a process. It speaks to
 * the server at `EVENTSTORE_URL`, and without that to a node that the test run starts. Others write there too.
 */
export async function connect(): Promise<EventStoreDBClient> {
  const client = EventStoreDBClient.connectionString(await serverUrl());
  afterAll(() => client.dispose());
  return client;
}

export async function serverUrl(): Promise<string> {
  return SERVER ?? (await realEventNode());
}

/** A stream name nobody has used before. */
export function newStream(category = 'stock'): string {
  return `${category}-${randomUUID()}`;
}

export function event(type = 'Received', data: Record<string, unknown> = { quantity: 1 }) {
  return jsonEvent({ type, data });
}

export function events(count: number) {
  return Array.from({ length: count }, (_, index) => event('Received', { quantity: index }));
}

/** The two ways the client appends: given credentials it goes the older one. */
export const APPEND_METHODS = [
  { method: 'batch append', options: {} },
  { method: 'unary append', options: { credentials: credentials(SERVER) } },
] as const satisfies ReadonlyArray<{ method: string; options: AppendToStreamOptions }>;

/** Those of the connection string; a server without TLS does not look at them. */
function credentials(url = '') {
  const [, username = 'admin', password = 'changeit'] = /:\/\/([^:@/]*):([^@/]*)@/.exec(url) ?? [];
  return { username: decodeURIComponent(username), password: decodeURIComponent(password) };
}

/** Everything of a read, in order. */
export async function all<T>(items: AsyncIterable<T>): Promise<T[]> {
  const collected: T[] = [];
  for await (const item of items) collected.push(item);
  return collected;
}

export async function readAllOf(client: EventStoreDBClient, stream: string, options: ReadStreamOptions = {}) {
  return (await all(client.readStream(stream, options))).map(recorded);
}

export async function revisionsOf(client: EventStoreDBClient, stream: string, options: ReadStreamOptions = {}) {
  return (await readAllOf(client, stream, options)).map((event) => Number(event.revision));
}

/** A position of `$all` behind all that was written so far: on a server in use there is much before it. */
export async function now(client: EventStoreDBClient): Promise<Position> {
  const { position } = await client.appendToStream(newStream('mark'), event());
  if (position === undefined) throw new Error('an append without a position');
  return position;
}

/** What `$all` holds of these streams since then, in its order. */
export async function inAll(client: EventStoreDBClient, since: Position, ...streams: readonly string[]) {
  const found = await all(client.readAll({ fromPosition: since }));
  return found.flatMap(({ event }) => (event !== undefined && streams.includes(event.streamId) ? [event] : []));
}

export function recorded({ event }: Pick<ResolvedEvent, 'event'>) {
  if (event === undefined) throw new Error('a resolved event without an event');
  return event;
}

/** That the stream is not there, as far as reads go. */
export async function expectMissing(client: EventStoreDBClient, stream: string): Promise<void> {
  expect(await failure(readAllOf(client, stream))).toMatchObject({ type: 'stream-not-found', streamName: stream });
}

/** The error of a promise that must fail. */
export async function failure(promise: Promise<unknown>): Promise<Error & { type?: string }> {
  try {
    await promise;
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it should have failed');
}

/**
 * An event of JSON content with exactly this text, valid or not. The client asks for the content type twice, once to
 * send it and once to choose how to serialise.
 */
export function jsonText(type: string, text: string): EventData {
  let asked = 0;
  const bytes = binaryEvent({ type, data: Buffer.from(text) });
  return Object.defineProperty(bytes, 'contentType', {
    get: () => (asked++ === 0 ? 'application/json' : 'application/octet-stream'),
  });
}
