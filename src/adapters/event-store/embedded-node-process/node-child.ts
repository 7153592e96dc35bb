import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { once } from 'node:events';

export interface NodeChildOptions {
  /** Path of the node's entry file. */
  readonly entry: string;
  readonly dataDir: string;
  readonly port: number;
  readonly readyTimeoutMs: number;
  /** Told what it writes to its standard error, as it comes. */
  readonly onErrorOutput: (text: string) => void;
}

const ERROR_TAIL_CHARS = 4_000;

/** One run of the event node as a child process. It lives as long as the pipe to its standard input. */
export class NodeChild {
  private readonly child: ChildProcessWithoutNullStreams;
  private errors = '';
  /** Resolves with how it ended, e.g. `exit code 1`, or why it could not be started. */
  readonly ended: Promise<string>;

  constructor(private readonly options: NodeChildOptions) {
    const { entry, dataDir, port } = options;
    // What the operator tells node of memory or profiling holds for the child as well.
    const args = [...process.execArgv, entry, '--data', dataDir, '--port', String(port), '--child'];
    this.child = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    this.child.stderr.on('data', (chunk: Buffer) => {
      const text = chunk.toString();
      this.errors = (this.errors + text).slice(-ERROR_TAIL_CHARS);
      options.onErrorOutput(text.trimEnd());
    });
    // A child that is gone already cannot be written to; `ended` tells.
    this.child.stdin.on('error', () => undefined);
    this.ended = new Promise((resolve) => {
      this.child.once('error', (error) => resolve(error.message));
      this.child.once('close', (code, signal) => resolve(signal === null ? `exit code ${code}` : `signal ${signal}`));
    });
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** The newest of what it wrote to its standard error. */
  get errorOutput(): string {
    return this.errors.trim();
  }

  /**
   * Resolves with the port it listens on.
   * @throws Error with what it said, when it ended instead or took too long; then it is gone
   */
  async ready(): Promise<number> {
    const failed = this.ended.then((how) => {
      throw new Error(`The event node did not start (${how}): ${this.errorOutput}`);
    });
    try {
      return await Promise.race([this.readyLine(), failed]);
    } catch (error) {
      await this.kill();
      throw error;
    }
  }

  /** Lets it finish what it has accepted; ends it by force when that takes longer than the time. */
  async stop(graceMs: number): Promise<void> {
    this.child.stdin.end();
    const timer = setTimeout(() => this.child.kill('SIGKILL'), graceMs);
    await this.ended;
    clearTimeout(timer);
  }

  private async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private async readyLine(): Promise<number> {
    const { readyTimeoutMs } = this.options;
    const signal = AbortSignal.timeout(readyTimeoutMs);
    let output = '';
    while (!output.includes('\n')) {
      try {
        const [chunk] = await once(this.child.stdout, 'data', { signal });
        output += String(chunk);
      } catch (error) {
        throw new Error(`The event node was not ready after ${readyTimeoutMs} ms: ${this.errorOutput}`, {
          cause: error,
        });
      }
    }
    this.child.stdout.resume();
    const message: unknown = JSON.parse(output.slice(0, output.indexOf('\n')));
    if (isReady(message)) return message.port;
    throw new Error(`The event node said something else than that it is ready: ${output}`);
  }
}

function isReady(message: unknown): message is { ready: true; port: number } {
  if (typeof message !== 'object' || message === null) return false;
  return 'ready' in message && message.ready === true && 'port' in message && typeof message.port === 'number';
}
