import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import type { IGossipServer } from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import type { IServerFeaturesServer } from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import type streamsPb from '@eventstore/db-client/generated/streams_pb.js';
import {
  type handleBidiStreamingCall,
  type handleClientStreamingCall,
  type handleServerStreamingCall,
  type handleUnaryCall,
  Server,
  ServerCredentials,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { MAX_MESSAGE_BYTES } from '../append-limits.js';
import type { BatchAppendChunk } from './protocol/batch-append-request.js';
import { shuttingDown } from './protocol/call-errors.js';
import { featuresService, gossipService, streamsService } from './protocol/definitions.js';
import { type Access, type Caller, openAccess } from './server/access.js';
import { admit } from './server/admission.js';
import { BatchAppendCall } from './server/batch-append.js';
import { writeEagerly } from './server/eager-writes.js';
import { gossip, supportedMethods } from './server/features.js';
import type { NodeContext } from './server/node-context.js';
import { OpenCalls } from './server/open-calls.js';
import { Permissions } from './server/permissions.js';
import { serveRead } from './server/read.js';
import { ReadTurns } from './server/read-turns.js';
import { widenReceiveWindow } from './server/receive-window.js';
import { SignedInAccess } from './server/signed-in-access.js';
import { type KeyPairFiles, tlsCredentials } from './server/tls.js';
import { serveAppend, serveDelete, serveTombstone } from './server/writes.js';
import { EventLog } from './storage/event-log.js';
import { Users } from './users/users.js';

export { FileLocked } from '../../file-lock.js';
export { UnusableTls } from './server/tls.js';
export { UnusableFile } from './storage/schema.js';
export { removeUser, saveUser, UnusableUsers } from './users/users-file.js';

export interface NodeOptions {
  /** Data folder; made if it is not there. */
  readonly directory: string;
  readonly host: string;
  /** 0 takes a free one. */
  readonly port: number;
  /** How long to wait for a former owner of the folder, in milliseconds. */
  readonly ownerWaitMs: number;
  /** Told once when writing begins to fail. */
  readonly onWriteFailure: (error: unknown) => void;
  /** Told of what is no longer as it was written, each time a write needs to know it. */
  readonly onDamage: (error: Error) => void;
  /** Where clients that ask for the members of the cluster are sent; where it listens, as far as that is left out. */
  readonly advertise?: { readonly host: string; readonly port?: number };
  /** TLS, and with it users; without, all is plain text and whoever reaches the node may do everything. */
  readonly security?: Security;
  /** How clients that have vanished are noticed; default {@link KEEP_ALIVE}. */
  readonly keepAlive?: KeepAlive;
}

export interface KeepAlive {
  /** A connection is asked for a sign of life so often. */
  readonly everyMs: number;
  /** One that gives none for so long is given up, with all its calls. */
  readonly timeoutMs: number;
}

export interface Security extends KeyPairFiles {
  readonly usersFile: string;
  /** Told when a file of users that was changed cannot be used; the users of before go on. */
  readonly onUsersProblem: (error: Error) => void;
}

export interface EventNode {
  readonly port: number;
  /** Answers what is owed, ends open calls so that clients reconnect, and closes the file. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 5_000;
/** As often as the original asks; more patient, for a client that is busy answers late. */
const KEEP_ALIVE: KeepAlive = { everyMs: 10_000, timeoutMs: 20_000 };

/**
 * An event store of one node: EventStoreDB's gRPC protocol over one SQLite file.
 * @throws FileLocked when another node owns the folder, UnusableFile, UnusableTls, UnusableUsers, or the error of
 * binding the port
 */
export async function startNode(options: NodeOptions): Promise<EventNode> {
  const { security, host, port, keepAlive = KEEP_ALIVE } = options;
  const credentials = security === undefined ? ServerCredentials.createInsecure() : tlsCredentials(security);
  const users = security === undefined ? undefined : new Users(security.usersFile, security.onUsersProblem);
  const log = await EventLog.open(options);
  const access = users === undefined ? openAccess : new SignedInAccess(users, new Permissions(log));
  const shared = { log, openCalls: new OpenCalls(), turns: new ReadTurns() };
  const member = { id: randomUUID(), host: options.advertise?.host ?? dialable(host), port: 0 };
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
    'grpc.keepalive_time_ms': keepAlive.everyMs,
    'grpc.keepalive_timeout_ms': keepAlive.timeoutMs,
  });
  server.addService(
    streamsService,
    streamsHandlers(access, (caller) => ({ ...shared, caller })),
  );
  const features: IServerFeaturesServer = {
    getSupportedMethods: (call, answer) => admit(access, call, () => supportedMethods(answer), answer),
  };
  server.addService(featuresService, features);
  const gossiping: IGossipServer = {
    read: (call, answer) => admit(access, call, () => gossip(member, answer), answer),
  };
  server.addService(gossipService, gossiping);
  try {
    const bound = await bind(server, host, port, credentials);
    widenReceiveWindow(server);
    member.port = options.advertise?.port ?? bound;
    return { port: bound, stop: () => stop(server, shared) };
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface StreamsHandlers extends UntypedServiceImplementation {
  read: handleServerStreamingCall<streamsPb.ReadReq, Buffer>;
  batchAppend: handleBidiStreamingCall<BatchAppendChunk, Buffer>;
  append: handleClientStreamingCall<streamsPb.AppendReq, streamsPb.AppendResp>;
  delete: handleUnaryCall<streamsPb.DeleteReq, streamsPb.DeleteResp>;
  tombstone: handleUnaryCall<streamsPb.TombstoneReq, streamsPb.TombstoneResp>;
}

function streamsHandlers(access: Access, contextOf: (caller: Caller) => NodeContext): StreamsHandlers {
  return {
    read: (call) =>
      admit(
        access,
        call,
        (caller) => serveRead(writeEagerly(call), contextOf(caller)),
        (error) => call.emit('error', error),
      ),
    batchAppend: (call) =>
      admit(
        access,
        call,
        (caller) => void new BatchAppendCall(writeEagerly(call), contextOf(caller)),
        (error) => call.emit('error', error),
      ),
    append: (call, answer) => admit(access, call, (caller) => serveAppend(call, answer, contextOf(caller)), answer),
    delete: (call, answer) => admit(access, call, (caller) => serveDelete(call, answer, contextOf(caller)), answer),
    tombstone: (call, answer) =>
      admit(access, call, (caller) => serveTombstone(call, answer, contextOf(caller)), answer),
  };
}

/** A node that listens everywhere is found by the machine's name. */
function dialable(host: string): string {
  return ['0.0.0.0', '::', '[::]'].includes(host) ? hostname() : host;
}

function bind(server: Server, host: string, port: number, credentials: ServerCredentials): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
}

async function stop(server: Server, { log, openCalls }: Pick<NodeContext, 'log' | 'openCalls'>): Promise<void> {
  const closed = new Promise<void>((resolve) => server.tryShutdown(() => resolve()));
  const force = setTimeout(() => server.forceShutdown(), STOP_GRACE_MS);
  openCalls.pauseAll();
  await log.writer.idle();
  openCalls.endAll(shuttingDown());
  await closed;
  clearTimeout(force);
  await log.writer.idle();
  await log.close();
}
