import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** Tryton 6.0 as Debian packages it. */
const PACKAGES = ['tryton-server', 'tryton-proteus', 'tryton-modules-account'];
/** Says whether a package may start its service while it is being installed. */
const SERVICE_POLICY = '/usr/sbin/policy-rc.d';

/** Installs what is missing where that is possible. @throws with what to install */
export function expectTryton() {
  const missing = PACKAGES.filter((name) => !isInstalled(name));
  if (missing.length === 0) return;
  const advice = `Tryton is missing. On Debian 12, as root: apt-get install --no-install-recommends ${missing.join(' ')}`;
  if (process.getuid?.() !== 0 || !existsSync('/usr/bin/apt-get')) throw new Error(advice);
  const keepStopped = !existsSync(SERVICE_POLICY);
  if (keepStopped) writeFileSync(SERVICE_POLICY, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  try {
    if (!aptGet('install', '--yes', '--no-install-recommends', ...missing)) {
      aptGet('update');
      aptGet('install', '--yes', '--no-install-recommends', ...missing);
    }
  } finally {
    if (keepStopped) rmSync(SERVICE_POLICY, { force: true });
  }
  if (!PACKAGES.every(isInstalled)) throw new Error(advice);
}

function isInstalled(name) {
  try {
    const status = execFileSync('/usr/bin/dpkg-query', ['-s', name], { stdio: 'pipe' });
    return /^Status: .* installed$/m.test(status.toString());
  } catch {
    return false;
  }
}

function aptGet(...args) {
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
    execFileSync('/usr/bin/apt-get', ['-q', '-o', 'DPkg::Lock::Timeout=120', ...args], { env, stdio: 'pipe' });
    return true;
  } catch {
    return false;
  }
}
