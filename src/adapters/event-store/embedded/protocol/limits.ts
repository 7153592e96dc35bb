/** Bytes of `data` in one append; equal is allowed. */
export const MAX_APPEND_BYTES = 1_048_576;

/** How long a part of an append waits for the rest, in milliseconds. */
export const PARTIAL_APPEND_MS = 2_000;
