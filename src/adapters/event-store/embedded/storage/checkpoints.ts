import { once } from 'node:events';
import { Worker } from 'node:worker_threads';
import type { CheckpointRequest } from './checkpoint-worker.js';

/** The log is copied into the file each time so much was written. */
const INTERVAL_BYTES = 16_777_216;
/** From this length on the writer copies the rest itself: only a log copied to its end starts over. */
const LONG_LOG_PAGES = 32_768;

/** Keeps the write-ahead log short without a commit waiting for it. */
export class Checkpoints {
  #worker: Worker | undefined;
  #bytes = 0;
  #running = false;

  /** `finish` copies what is left of a long log; it runs on the caller's thread. */
  constructor(
    private readonly path: string,
    private readonly finish: () => void,
  ) {}

  committed(bytes: number): void {
    this.#bytes += bytes;
    if (this.#bytes < INTERVAL_BYTES || this.#running) return;
    this.#bytes = 0;
    this.#running = true;
    this.#worker ??= this.#start();
    ask(this.#worker, 'checkpoint');
  }

  /** Waits for a checkpoint under way: a thread ended inside the driver's native code takes the process with it. */
  async stop(): Promise<void> {
    const worker = this.#worker;
    if (worker === undefined) return;
    this.#worker = undefined;
    worker.ref();
    const ended = once(worker, 'exit');
    ask(worker, 'stop');
    await ended;
  }

  #start(): Worker {
    const worker = new Worker(new URL('./checkpoint-worker.js', import.meta.url), { workerData: this.path });
    worker.unref();
    worker.on('message', (logPages: unknown) => {
      this.#running = false;
      if (typeof logPages === 'number' && logPages >= LONG_LOG_PAGES) this.finish();
    });
    worker.on('error', () => {
      this.#worker = undefined;
      this.#running = false;
    });
    return worker;
  }
}

const ask = (worker: Worker, request: CheckpointRequest): void => worker.postMessage(request);
