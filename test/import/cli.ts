import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';

/** The built program; a build elsewhere is named by STOCKFOLD_DIST. */
const PROGRAM = `${process.env.STOCKFOLD_DIST ?? fileURLToPath(new URL('../../dist', import.meta.url))}/import.js`;

export interface Finished {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A run of the import as a process of its own, in an environment that has none of the service's settings. */
export interface Running {
  readonly finished: Promise<Finished>;
  interrupt(): void;
}

export function startImport(args: readonly string[], env: NodeJS.ProcessEnv = {}): Running {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const finished = Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')]).then(
    ([stdout, stderr, [code]]) => ({ stdout, stderr, code: code as number | null }),
  );
  return { finished, interrupt: () => void child.kill('SIGINT') };
}

export function runImport(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Finished> {
  return startImport(args, env).finished;
}

/** The number the closing table gives for a name. */
export function counted(finished: Finished, name: string): number | undefined {
  const row = finished.stdout.split('\n').find((line) => new RegExp(`^ *${name} +\\d+$`).test(line));
  return row === undefined ? undefined : Number(/\d+$/.exec(row)?.[0]);
}
