import type { NatsConnection } from 'nats';
import { DiscardPolicy, NatsError, RetentionPolicy, StorageType } from 'nats';

const TIMEOUT_MS = 3_000;
const STREAM_NOT_FOUND = 10_059;

/**
 * Makes the stream when it is not there. It keeps the last event of each subject: whoever comes late reads the present
 * state of everything, and it never grows beyond that.
 */
export async function ensureStream(connection: NatsConnection, name: string, subjects: string): Promise<void> {
  const manager = await connection.jetstreamManager({ timeout: TIMEOUT_MS });
  try {
    await manager.streams.info(name);
  } catch (error) {
    if (!(error instanceof NatsError) || error.api_error?.err_code !== STREAM_NOT_FOUND) throw error;
    await manager.streams.add({
      name,
      subjects: [subjects],
      retention: RetentionPolicy.Limits,
      storage: StorageType.File,
      discard: DiscardPolicy.Old,
      max_msgs_per_subject: 1,
    });
  }
}
