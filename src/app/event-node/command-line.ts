/** What was asked for cannot be made sense of; the usage is shown with it. */
export class BadFlags extends Error {}

/** Ends the process: 1 when it cannot do what it was asked, 2 when it does not understand. */
export function fail(message: string, exitCode: 1 | 2): never {
  console.error(`eventstore: ${message}`);
  process.exit(exitCode);
}

/** Whether the argument parser refused the arguments. */
export function isBadArguments(error: unknown): error is Error {
  if (error instanceof BadFlags) return true;
  return error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS');
}
