import 'reflect-metadata';
import { constants, setPriority } from 'node:os';
import { banner } from './banner.js';
import { type Role, readConfig } from './config.js';
import { type Service, startService } from './service.js';
import { InvalidSetting } from './settings.js';

/** Runs a process until it is told to stop. `roles` are what its entry file is for; without them ROLES says. */
export async function run(roles?: readonly Role[]): Promise<void> {
  const service = await started(roles);
  let stopping = false;
  const stop = async (signal: string) => {
    if (stopping) return;
    stopping = true;
    service.parts.log.info('stopping', { signal });
    await service.stop();
    process.exit(0);
  };
  process.on('SIGINT', stop);
  process.on('SIGTERM', stop);
}

/** Nobody waits for a posting: when the machine is busy, whoever answers callers goes first. */
const stepBack = (): void => setPriority(constants.priority.PRIORITY_BELOW_NORMAL);

async function started(roles: readonly Role[] | undefined): Promise<Service> {
  try {
    const config = readConfig(process.env, roles);
    if (config.roles.size === 1 && config.roles.has('poster')) stepBack();
    const service = await startService(config);
    const { access, described } = service.parts;
    console.log(banner(service.address, access.keys, config.keysFile, described));
    return service;
  } catch (error) {
    const isAddressInUse = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
    if (error instanceof InvalidSetting) console.error(`stockfold: ${error.message}`);
    else if (isAddressInUse) console.error('stockfold: the port is in use; stop what listens there, or set PORT.');
    else console.error('stockfold: cannot start:', error instanceof Error ? error.message : error);
    process.exit(1);
  }
}
