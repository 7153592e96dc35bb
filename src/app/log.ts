import { destination, pino } from 'pino';
import { Log } from '../ports/log.js';

/** Log lines as JSON on standard error; standard output is for the person who starts the service. */
export class PinoLog extends Log {
  private readonly pino;

  constructor(level: string) {
    super();
    this.pino = pino({ level, base: null }, destination({ dest: 2, sync: true }));
  }

  info(message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.pino.info(facts, message);
  }

  warn(message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.pino.warn(facts, message);
  }

  error(message: string, facts: Readonly<Record<string, unknown>> = {}): void {
    this.pino.error(facts, message);
  }
}
