import { randomUUID } from 'node:crypto';

/** For the ids of the events of one decision; no other decision has it. */
export const newSignature = (): string => randomUUID().slice(0, 8);
