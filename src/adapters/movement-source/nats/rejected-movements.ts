import { headers, type JetStreamClient } from 'nats';
import type { JsonObject, JsonValue } from '../../../domain/values/json.js';
import type { RefusedMovement } from '../../../ports/movement-source.js';
import { natsSubject } from '../../nats.js';

const PUBLISH_TIMEOUT_MS = 3_000;
/** Leaves room for the rest of the message below the 1 MiB that NATS takes unless told otherwise. */
const MAX_PAYLOAD_CHARS = 250_000;

export const MOVEMENT_REJECTED = 'stockfold.movement-rejected.v1';

/** Where a refused movement came from. */
export interface Origin {
  readonly location: string;
  readonly messageId: string;
  /** RFC 3339; when it was refused. */
  readonly time: string;
}

/** Keeps aside what was refused, with the reason. Resolves when NATS has it; sent twice, it stays once. */
export async function keepRejected(
  jetStream: JetStreamClient,
  prefix: string,
  { location, messageId, time }: Origin,
  refused: readonly RefusedMovement[],
): Promise<void> {
  const subject = `movements-rejected/${location}`;
  for (const [index, { problem, payload }] of refused.entries()) {
    const event: JsonObject = {
      specversion: '1.0',
      id: `${messageId}/${index}`,
      source: '/stockfold/movements',
      type: MOVEMENT_REJECTED,
      subject,
      time,
      datacontenttype: 'application/json',
      data: { location, problem, ...shortened(payload) },
    };
    const contentType = headers();
    contentType.set('content-type', 'application/cloudevents+json');
    await jetStream.publish(natsSubject(prefix, subject), JSON.stringify(event), {
      msgID: `rejected/${messageId}/${index}`,
      headers: contentType,
      timeout: PUBLISH_TIMEOUT_MS,
    });
  }
}

function shortened(payload: JsonValue): JsonObject {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  return text.length <= MAX_PAYLOAD_CHARS
    ? { payload }
    : { payload: text.slice(0, MAX_PAYLOAD_CHARS), truncated: true };
}
