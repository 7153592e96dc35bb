import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';

const DIST = process.env.STOCKFOLD_DIST ?? join(import.meta.dirname, '../../../dist');

it('a node that is stopped while its log is being copied ends cleanly', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'stockfold-stop-'));
  const script = join(import.meta.dirname, 'stop-at-checkpoint.mjs');
  const { stdout, stderr } = await promisify(execFile)(process.execPath, [script, DIST, folder]);
  expect([stdout.trim(), stderr]).toEqual(['8 stops', '']);
  rmSync(folder, { recursive: true, force: true });
});
