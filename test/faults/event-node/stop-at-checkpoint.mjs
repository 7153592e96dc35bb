/** Ends the checkpoint thread again and again while it copies the log: `node stop-at-checkpoint.mjs DIST FOLDER`. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { pathToFileURL } from 'node:url';

const [dist, folder] = process.argv.slice(2);
const load = (path) => import(pathToFileURL(join(dist, path)).href);
const { SqliteFile } = await load('adapters/sqlite.js');
const { Checkpoints } = await load('adapters/event-store/embedded/storage/checkpoints.js');

const ROUNDS = 8;
const ROWS = 8_000;
const path = join(folder, 'log.db');
const file = new SqliteFile(path);
file.execute(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;
  CREATE TABLE row (number INTEGER PRIMARY KEY, bytes BLOB)`);
const insert = file.prepare('INSERT INTO row (bytes) VALUES (?)');
for (let round = 0; round < ROUNDS; round += 1) {
  file.execute('BEGIN');
  for (let row = 0; row < ROWS; row += 1) insert.run(Buffer.alloc(2_000, round));
  file.execute('COMMIT');
  const checkpoints = new Checkpoints(path, () => {});
  checkpoints.committed(Number.MAX_SAFE_INTEGER);
  // Long enough for the thread to begin, not for it to end.
  await sleep(40 + 10 * round);
  await checkpoints.stop();
}
file.close();
console.log(`${ROUNDS} stops`);
