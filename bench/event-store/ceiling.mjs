/**
 * A server that speaks as much of the event store's protocol as the comparison needs and keeps nothing: what the client
 * and gRPC cost by themselves. It uses the node's codecs and ways with connections, so that only the storage is missing.
 * Run by run.mjs: `node ceiling.mjs DIST`; prints its port.
 */
import { join, resolve } from 'node:path';
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { sampleData, sampleMetadata } from './sample.mjs';

const embedded = join(resolve(process.argv[2]), 'adapters/event-store/embedded');
const { streamsService, featuresService } = await import(join(embedded, 'protocol/definitions.js'));
const { encodeBatchAppendAnswer } = await import(join(embedded, 'protocol/batch-append-response.js'));
const { encodeDelivery } = await import(join(embedded, 'protocol/read-response.js'));
const { writeEagerly } = await import(join(embedded, 'server/eager-writes.js'));
const { widenReceiveWindow } = await import(join(embedded, 'server/receive-window.js'));
const { supportedMethods } = await import(join(embedded, 'server/features.js'));

const revisions = new Map();
let position = 0;
const encoded = encodeDelivery(
  {
    event: {
      stream: 'bench-1-1-1',
      type: 'Sold',
      row: {
        position: 1_000_000,
        stream: 1,
        revision: 1,
        id: '5f0c1d4e8a3b8d2f8e61000000000001',
        type: 1,
        json: true,
        created: Date.now(),
        metadata: JSON.stringify(sampleMetadata),
        data: JSON.stringify(sampleData),
      },
    },
  },
  false,
);

const batchAppend = (call) => {
  writeEagerly(call);
  call.on('data', ({ correlationId, options, events }) => {
    const { stream } = options;
    const revision = (revisions.get(stream) ?? -1) + events.length;
    revisions.set(stream, revision);
    position += events.length;
    call.write(encodeBatchAppendAnswer(correlationId, stream, { status: 'written', revision, position }));
  });
  call.on('end', () => call.end());
};

/** As many copies of one event as are asked for, as fast as the client takes them. */
const read = async (call) => {
  writeEagerly(call);
  const left = Number(call.request.getOptions().getCount());
  for (let sent = 0; sent < left && !call.cancelled; sent += 1) {
    if (!call.write(encoded)) await new Promise((go) => call.once('drain', go));
  }
  call.end();
};

const unimplemented = (_call, answer) => answer?.({ code: 12, details: 'not part of the comparison' });
const server = new Server({ 'grpc.max_receive_message_length': 16_777_216 });
server.addService(streamsService, {
  ...{ batchAppend, read },
  ...{ append: unimplemented, delete: unimplemented, tombstone: unimplemented },
});
server.addService(featuresService, { getSupportedMethods: (_call, answer) => supportedMethods(answer) });
server.bindAsync('127.0.0.1:0', ServerCredentials.createInsecure(), (error, port) => {
  if (error) throw error;
  widenReceiveWindow(server);
  console.log(JSON.stringify({ port }));
});
process.stdin.on('end', () => process.exit(0)).resume();
