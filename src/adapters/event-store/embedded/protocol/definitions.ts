import gossipGrpc from '@eventstore/db-client/generated/gossip_grpc_pb.js';
import featuresGrpc from '@eventstore/db-client/generated/serverfeatures_grpc_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import { decodeBatchAppendChunk } from './batch-append-request.js';

const asEncoded = (message: Buffer): Buffer => message;

/** The client's own service definitions, with codecs by hand where messages pass by the thousand. */
export const streamsService = {
  ...streamsGrpc.StreamsService,
  read: { ...streamsGrpc.StreamsService.read, responseSerialize: asEncoded },
  batchAppend: {
    ...streamsGrpc.StreamsService.batchAppend,
    requestDeserialize: decodeBatchAppendChunk,
    responseSerialize: asEncoded,
  },
};

export const featuresService = featuresGrpc.ServerFeaturesService;
export const gossipService = gossipGrpc.GossipService;
