import { parentPort, workerData } from 'node:worker_threads';
import { SqliteFile } from '../../../sqlite.js';

export type CheckpointRequest = 'checkpoint' | 'stop';

/** Copies the log into the file on a thread of its own, so that no commit waits for it. */
const file = new SqliteFile(String(workerData));
const passive = file.prepare('PRAGMA wal_checkpoint(PASSIVE)');

parentPort?.on('message', (asked: CheckpointRequest) => {
  if (asked === 'stop') {
    file.close();
    parentPort?.close();
    return;
  }
  try {
    const [, logPages] = passive.row() ?? [];
    parentPort?.postMessage(logPages);
  } catch {
    // A full disk fails the writer too, which reports it.
    parentPort?.postMessage(0);
  }
});
