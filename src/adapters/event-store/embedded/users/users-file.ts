import { closeSync, fsyncSync, mkdirSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { hashPassword, isHashed } from './password.js';
import { BUILT_IN_GROUPS, type User } from './user.js';

/** A user as the file keeps it. */
export interface KnownUser extends User {
  /** See {@link hashPassword}. */
  readonly password: string;
}

/** The file of users cannot be used; the message tells a person why. */
export class UnusableUsers extends Error {
  override readonly name = 'UnusableUsers';
}

const NAME = /^[^\s:$][^:\p{Cc}]{0,127}$/u;

/** No users if the file is not there. @throws UnusableUsers */
export function readUsers(path: string): readonly KnownUser[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw new UnusableUsers(`the users in ${path} cannot be read: ${error instanceof Error ? error.message : error}`);
  }
  const users = parse(text);
  if (users === undefined) {
    throw new UnusableUsers(`${path} is not a file of users; mend it, or remove it and add the users again`);
  }
  return users;
}

/** Adds a user, or gives one another password. Groups are those of before, or of the name, unless they are given. */
export async function saveUser(path: string, name: string, password: string, groups?: readonly string[]) {
  if (!NAME.test(name)) throw new UnusableUsers('a user name has 1 to 128 characters, no colon, and no $ in front');
  if (password === '') throw new UnusableUsers('a password is not empty');
  const hashed = await hashPassword(password);
  const users = readUsers(path);
  const before = users.find((user) => user.name === name);
  const user = { name, groups: groups ?? before?.groups ?? BUILT_IN_GROUPS[name] ?? [], password: hashed };
  write(path, [...users.filter((other) => other !== before), user]);
}

/** False if there was none. */
export function removeUser(path: string, name: string): boolean {
  const users = readUsers(path);
  const others = users.filter((user) => user.name !== name);
  if (others.length === users.length) return false;
  write(path, others);
  return true;
}

/** Whole or not at all, and for the owner's eyes only. */
function write(path: string, users: readonly KnownUser[]): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.${process.pid}`;
  const file = openSync(draft, 'w', 0o600);
  writeFileSync(file, `${JSON.stringify({ users }, null, 2)}\n`);
  fsyncSync(file);
  closeSync(file);
  renameSync(draft, path);
}

function parse(text: string): readonly KnownUser[] | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null || !('users' in value)) return undefined;
    return Array.isArray(value.users) && value.users.every(isKnownUser) ? value.users : undefined;
  } catch {
    return undefined;
  }
}

function isKnownUser(value: unknown): value is KnownUser {
  if (typeof value !== 'object' || value === null) return false;
  if (!('name' in value && 'groups' in value && 'password' in value)) return false;
  const { name, groups, password } = value;
  if (typeof name !== 'string' || typeof password !== 'string' || !isHashed(password)) return false;
  return Array.isArray(groups) && groups.every((group) => typeof group === 'string');
}
