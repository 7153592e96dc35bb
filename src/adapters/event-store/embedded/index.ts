import { randomUUID } from 'node:crypto';
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
import { openAccess } from './server/access.js';
import { BatchAppendCall } from './server/batch-append.js';
import { gossip, supportedMethods } from './server/features.js';
import type { NodeContext } from './server/node-context.js';
import { OpenCalls } from './server/open-calls.js';
import { serveRead } from './server/read.js';
import { ReadTurns } from './server/read-turns.js';
import { serveAppend, serveDelete, serveTombstone } from './server/writes.js';
import { EventLog } from './storage/event-log.js';

export { FileLocked } from '../../file-lock.js';
export { UnusableFile } from './storage/schema.js';

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
}

export interface EventNode {
  readonly port: number;
  /** Answers what is owed, ends open calls so that clients reconnect, and closes the file. */
  stop(): Promise<void>;
}

const STOP_GRACE_MS = 5_000;

/**
 * An event store of one node: EventStoreDB's gRPC protocol over one SQLite file.
 * @throws FileLocked when another node owns the folder, UnusableFile, or the error of binding the port
 */
export async function startNode(options: NodeOptions): Promise<EventNode> {
  const log = await EventLog.open(options);
  const context: NodeContext = { log, access: openAccess, openCalls: new OpenCalls(), turns: new ReadTurns() };
  const member = { id: randomUUID(), host: options.host, port: 0 };
  const server = new Server({
    'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
    'grpc.max_send_message_length': -1,
  });
  server.addService(streamsService, streamsHandlers(context));
  const features: IServerFeaturesServer = { getSupportedMethods: (_call, answer) => supportedMethods(answer) };
  server.addService(featuresService, features);
  const gossiping: IGossipServer = { read: (_call, answer) => gossip(member, answer) };
  server.addService(gossipService, gossiping);
  try {
    member.port = await bind(server, options.host, options.port);
  } catch (error) {
    await log.close();
    throw error;
  }
  return { port: member.port, stop: () => stop(server, context) };
}

interface StreamsHandlers extends UntypedServiceImplementation {
  read: handleServerStreamingCall<streamsPb.ReadReq, Buffer>;
  batchAppend: handleBidiStreamingCall<BatchAppendChunk, Buffer>;
  append: handleClientStreamingCall<streamsPb.AppendReq, streamsPb.AppendResp>;
  delete: handleUnaryCall<streamsPb.DeleteReq, streamsPb.DeleteResp>;
  tombstone: handleUnaryCall<streamsPb.TombstoneReq, streamsPb.TombstoneResp>;
}

function streamsHandlers(context: NodeContext): StreamsHandlers {
  return {
    read: (call) => serveRead(call, context),
    batchAppend: (call) => void new BatchAppendCall(call, context),
    append: (call, answer) => serveAppend(call, answer, context),
    delete: (call, answer) => serveDelete(call, answer, context),
    tombstone: (call, answer) => serveTombstone(call, answer, context),
  };
}

function bind(server: Server, host: string, port: number): Promise<number> {
  const address = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, ServerCredentials.createInsecure(), (error, bound) => {
      if (error) reject(error);
      else resolve(bound);
    });
  });
}

async function stop(server: Server, { log, openCalls }: NodeContext): Promise<void> {
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
