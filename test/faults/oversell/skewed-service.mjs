// The service with a clock that is ahead of the machine's by CLOCK_AHEAD_MS, given through the clock port.

import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { DIST } from './two-instances.mjs';

const built = (file) => import(pathToFileURL(join(DIST, file)).href);
await import('reflect-metadata');
const [{ readConfig }, { startService }, { Clock }] = await Promise.all([
  built('app/config.js'),
  built('app/service.js'),
  built('ports/clock.js'),
]);

class ClockAhead extends Clock {
  constructor(aheadMs) {
    super();
    this.aheadMs = aheadMs;
  }

  now() {
    return Date.now() + this.aheadMs;
  }
}

await startService(readConfig(process.env), new ClockAhead(Number(process.env.CLOCK_AHEAD_MS)));
