import { parseArgs } from 'node:util';
import { type EventNode, FileLocked, startNode, UnusableFile } from '../../adapters/event-store/embedded/index.js';
import { BadFlags, fail } from './command-line.js';

const OWNER_WAIT_MS = 5_000;

interface Flags {
  readonly data: string;
  readonly host: string;
  readonly port: number;
  /** Run by the service: talks JSON, and lives as long as the pipe on its standard input. */
  readonly child: boolean;
}

function parseFlags(args: readonly string[]): Flags {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      host: { type: 'string', default: '127.0.0.1' },
      port: { type: 'string' },
      child: { type: 'boolean', default: false },
    },
  });
  if (!values.data) throw new BadFlags('--data is missing: name the folder to keep events in');
  if (!/^\d{1,5}$/.test(values.port ?? '') || Number(values.port) > 65_535) {
    throw new BadFlags('--port takes a number from 0 (any free port) to 65535');
  }
  return { data: values.data, host: values.host, port: Number(values.port), child: values.child };
}

async function start(flags: Flags): Promise<EventNode> {
  try {
    return await startNode({
      directory: flags.data,
      host: flags.host,
      port: flags.port,
      ownerWaitMs: OWNER_WAIT_MS,
      onWriteFailure: (error) => console.error(`eventstore: cannot write to ${flags.data}: ${error}`),
      onDamage: (error) =>
        console.error(`eventstore: ${flags.data} is damaged: ${error.message}; see eventstore verify`),
    });
  } catch (error) {
    if (error instanceof FileLocked) {
      return fail(`${flags.data} is in use by another event node; stop that one or name another folder with --data`, 1);
    }
    if (error instanceof UnusableFile) return fail(error.message, 1);
    return fail(`cannot start on ${flags.host}:${flags.port} with ${flags.data}: ${error}`, 1);
  }
}

/** Runs the node until it is told to stop. */
export async function serve(args: readonly string[]): Promise<void> {
  const flags = parseFlags(args);
  const node = await start(flags);

  let stopping = false;
  const stop = async (): Promise<void> => {
    if (stopping) return;
    stopping = true;
    await node.stop();
    process.exit(0);
  };

  if (flags.child) {
    // Both signals reach the whole process group; the service ends this process by closing the pipe.
    process.on('SIGINT', () => undefined);
    process.on('SIGTERM', () => undefined);
    process.stdin.on('end', stop).on('close', stop).resume();
    console.log(JSON.stringify({ ready: true, port: node.port }));
  } else {
    process.on('SIGINT', stop);
    process.on('SIGTERM', stop);
    console.log(`Event store on esdb://${flags.host}:${node.port}?tls=false, events in ${flags.data}/events.db`);
  }
}
