import { fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';

/** Runs its jobs one after the other; `onStart` is called when the connections are open and the first request goes out. */
export function startDriver() {
  const child = fork(join(import.meta.dirname, 'driver.mjs'));
  const run = (job, onStart) =>
    new Promise((resolve, reject) => {
      const hear = ({ started, figures, error }) => {
        if (started) return onStart?.();
        child.off('message', hear);
        if (error !== undefined) reject(new Error(error));
        else resolve(figures);
      };
      child.on('message', hear);
      child.send(job);
    });
  const stop = async () => {
    child.kill('SIGTERM');
    await once(child, 'exit');
  };
  return { run, stop };
}
