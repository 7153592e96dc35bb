import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

it('a short storm: faults and kills on every side, and in the end each posting once and every account to the cent', async () => {
  const run = join(import.meta.dirname, '../storm/run.mjs');
  const { stdout } = await promisify(execFile)(process.execPath, [run, '--movements', '500', '--minutes', '3']).catch(
    (error: { stdout: string; stderr: string }) => ({ stdout: `${error.stdout}${error.stderr}` }),
  );
  expect(stdout).toContain('all holds');
}, 300_000);
