import gossipPb from '@eventstore/db-client/generated/gossip_pb.js';
import featuresPb from '@eventstore/db-client/generated/serverfeatures_pb.js';
import sharedPb from '@eventstore/db-client/generated/shared_pb.js';
import type { sendUnaryData } from '@grpc/grpc-js';

const STREAMS = 'event_store.client.streams.streams';
const FEATURES = 'event_store.client.server_features.serverfeatures';
/** The version whose behaviour this node has. */
const SERVER_VERSION = '23.10.6';
const METHODS: ReadonlyArray<readonly [service: string, method: string, features: string[]]> = [
  [STREAMS, 'read', ['position', 'events']],
  [STREAMS, 'append', []],
  [STREAMS, 'delete', []],
  [STREAMS, 'tombstone', []],
  [STREAMS, 'batchappend', ['deadline_duration']],
  [FEATURES, 'getsupportedmethods', []],
];
/** Ticks of 100 ns in a millisecond; a member's time counts them from the year 1. */
const TICKS_PER_MS = 10_000n;
const TICKS_TO_1970 = 621_355_968_000_000_000n;

export function supportedMethods(answer: sendUnaryData<featuresPb.SupportedMethods>): void {
  const methods = METHODS.map(([service, method, features]) =>
    new featuresPb.SupportedMethod().setServiceName(service).setMethodName(method).setFeaturesList(features),
  );
  answer(null, new featuresPb.SupportedMethods().setMethodsList(methods).setEventStoreServerVersion(SERVER_VERSION));
}

/** A cluster of one: itself, leading. `host` and `port` are what a client can dial. */
export function gossip(
  member: { readonly id: string; readonly host: string; readonly port: number },
  answer: sendUnaryData<gossipPb.ClusterInfo>,
): void {
  const info = new gossipPb.MemberInfo()
    .setInstanceId(new sharedPb.UUID().setString(member.id))
    .setTimeStamp(String(BigInt(Date.now()) * TICKS_PER_MS + TICKS_TO_1970))
    .setState(gossipPb.MemberInfo.VNodeState.LEADER)
    .setIsAlive(true)
    .setHttpEndPoint(new gossipPb.EndPoint().setAddress(member.host).setPort(member.port));
  answer(null, new gossipPb.ClusterInfo().setMembersList([info]));
}
