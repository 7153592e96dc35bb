// Appends as bare as can be, each node over a connection of its own and nothing of the adapter in it: when one is
// accepted, the cluster can be written to.

import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import shared from '@eventstore/db-client/generated/shared_pb.js';
import streamsGrpc from '@eventstore/db-client/generated/streams_grpc_pb.js';
import streams from '@eventstore/db-client/generated/streams_pb.js';
import { credentials, Metadata } from '@grpc/grpc-js';

const ANSWERED_WITHIN_MS = 3_000;
const BETWEEN_MS = 20;

/** Resolves as soon as one of these nodes has accepted an append; false when none does in time. */
export async function accepted(addresses, withinMs) {
  const giveUpAt = Date.now() + withinMs;
  const over = { yet: false };
  try {
    await Promise.any(addresses.map((address) => acceptedBy(address, giveUpAt, over)));
    return true;
  } catch {
    return false;
  } finally {
    over.yet = true;
  }
}

async function acceptedBy(address, giveUpAt, over) {
  const client = new streamsGrpc.StreamsClient(address, credentials.createInsecure());
  try {
    while (!(await append(client))) {
      if (over.yet || Date.now() > giveUpAt) throw new Error(`${address} accepts nothing`);
      await sleep(BETWEEN_MS);
    }
  } finally {
    client.close();
  }
}

function append(client) {
  const metadata = new Metadata();
  metadata.set('requires-leader', 'true');
  return new Promise((resolve) => {
    const deadline = Date.now() + ANSWERED_WITHIN_MS;
    const call = client.append(metadata, { deadline }, (error) => resolve(error === null));
    for (const message of messages()) call.write(message);
    call.end();
  });
}

function messages() {
  const stream = new shared.StreamIdentifier().setStreamName(Buffer.from('bare-appends'));
  const options = new streams.AppendReq.Options().setStreamIdentifier(stream).setAny(new shared.Empty());
  const event = new streams.AppendReq.ProposedMessage().setId(new shared.UUID().setString(randomUUID()));
  event.setData(Buffer.from('{}'));
  event.getMetadataMap().set('type', 'Appended').set('content-type', 'application/json');
  return [new streams.AppendReq().setOptions(options), new streams.AppendReq().setProposedMessage(event)];
}
