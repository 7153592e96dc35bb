import { createHash } from 'node:crypto';
import {
  AckPolicy,
  type ConsumerConfig,
  DeliverPolicy,
  DiscardPolicy,
  type JetStreamManager,
  nanos,
  RetentionPolicy,
  StorageType,
} from 'nats';
import { ensureStream } from '../../nats.js';

const REJECTED_KEPT_MS = 90 * 86_400_000;
const REJECTED_KEPT_AT_MOST = 1_000_000;
/** A message that nobody has dealt with or asked more time for is handed to another instance. */
export const ACK_WAIT_MS = 10_000;

export interface MovementStreamNames {
  /** First token of every subject. */
  readonly prefix: string;
  readonly movements: string;
  readonly rejected: string;
}

/** Movements stay until they are dealt with, and are never dropped for room; what was rejected stays for a while. */
export async function ensureMovementStreams(manager: JetStreamManager, names: MovementStreamNames): Promise<void> {
  await ensureStream(manager, {
    name: names.movements,
    subjects: [`${names.prefix}.movements.>`],
    retention: RetentionPolicy.Workqueue,
    storage: StorageType.File,
    discard: DiscardPolicy.New,
  });
  await ensureStream(manager, {
    name: names.rejected,
    subjects: [`${names.prefix}.movements-rejected.>`],
    retention: RetentionPolicy.Limits,
    storage: StorageType.File,
    discard: DiscardPolicy.Old,
    max_age: nanos(REJECTED_KEPT_MS),
    max_msgs: REJECTED_KEPT_AT_MOST,
  });
}

/**
 * One durable consumer a subject, shared by all instances, with one message out at a time: so the movements of a
 * location stay in order over instances, failures and restarts, and locations do not wait for one another.
 */
export const consumerOf = (subject: string): Partial<ConsumerConfig> & { readonly durable_name: string } => ({
  durable_name: durableName(subject),
  filter_subject: subject,
  ack_policy: AckPolicy.Explicit,
  deliver_policy: DeliverPolicy.All,
  ack_wait: nanos(ACK_WAIT_MS),
  max_ack_pending: 1,
  max_deliver: -1,
});

const PLAIN = /^[A-Za-z0-9_-]{1,64}$/;

/** The location, where the subject is that of one; such names take no dots. */
function durableName(subject: string): string {
  const last = subject.slice(subject.lastIndexOf('.') + 1);
  const isLocation = PLAIN.test(last) && subject.split('.').length === 3;
  return isLocation ? `at-${last}` : `odd-${createHash('sha1').update(subject).digest('hex')}`;
}
