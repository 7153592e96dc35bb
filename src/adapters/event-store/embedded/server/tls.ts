import { readFileSync } from 'node:fs';
import { createSecureContext } from 'node:tls';
import { ServerCredentials } from '@grpc/grpc-js';

/** Certificate or key cannot be used; the message tells a person why. */
export class UnusableTls extends Error {
  override readonly name = 'UnusableTls';
}

export interface KeyPairFiles {
  /** PEM: the certificate, followed by those between it and the authority. */
  readonly certFile: string;
  /** PEM, without a passphrase. */
  readonly keyFile: string;
}

/** @throws UnusableTls */
export function tlsCredentials({ certFile, keyFile }: KeyPairFiles): ServerCredentials {
  const cert = read('certificate', certFile);
  const key = read('key', keyFile);
  check(`the certificate ${certFile}`, () => createSecureContext({ cert }));
  check(`the key ${keyFile}`, () => createSecureContext({ key }));
  check(`the key ${keyFile} with the certificate ${certFile}`, () => createSecureContext({ cert, key }));
  return ServerCredentials.createSsl(null, [{ cert_chain: cert, private_key: key }]);
}

function read(what: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    throw new UnusableTls(`the ${what} ${path} cannot be read: ${reasonOf(error)}`);
  }
}

function check(what: string, use: () => void): void {
  try {
    use();
  } catch (error) {
    throw new UnusableTls(`${what} cannot be used: ${reasonOf(error)}`);
  }
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if ('code' in error && error.code === 'ENOENT') return 'there is no such file';
  if ('code' in error && error.code === 'EACCES') return 'this user may not read it';
  return 'reason' in error ? String(error.reason) : error.message;
}
