import { type Expected, NO_STREAM } from '../storage/commit-check.js';

const UINT64_MAX = 2n ** 64n - 1n;
const INT64_MAX = 2n ** 63n - 1n;

/** An expected revision as sent; undefined from 2^63 on. */
export function expectedRevision(sent: bigint | string): Expected | undefined {
  const value = BigInt(sent);
  if (value === UINT64_MAX) return NO_STREAM;
  if (value > INT64_MAX) return undefined;
  return value > Number.MAX_SAFE_INTEGER ? value : Number(value);
}
