import { parentPort, workerData } from 'node:worker_threads';
import { SqliteFile } from '../../../sqlite.js';

/** Copies the log into the file on a thread of its own, so that no commit waits for it. */
const file = new SqliteFile(String(workerData));
const passive = file.prepare('PRAGMA wal_checkpoint(PASSIVE)');

parentPort?.on('message', () => {
  try {
    const [, logPages] = passive.row() ?? [];
    parentPort?.postMessage(logPages);
  } catch {
    // A full disk fails the writer too, which reports it.
    parentPort?.postMessage(0);
  }
});
