/** Structured log lines; one method a level. */
export abstract class Log {
  abstract info(message: string, facts?: Readonly<Record<string, unknown>>): void;
  abstract warn(message: string, facts?: Readonly<Record<string, unknown>>): void;
  abstract error(message: string, facts?: Readonly<Record<string, unknown>>): void;
}
