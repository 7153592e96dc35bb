import { createHmac, randomBytes } from 'node:crypto';
import { statSync } from 'node:fs';
import { RecentMap } from '../storage/recent-map.js';
import { isPassword, NO_PASSWORD } from './password.js';
import type { User } from './user.js';
import { type KnownUser, readUsers, UnusableUsers } from './users-file.js';

interface Verdict {
  readonly user: Promise<User | undefined>;
  readonly untilMs: number;
}

/** A verdict holds so long, good or bad: a password costs tens of milliseconds to look at, and calls come by the thousand. */
const VERDICT_MS = 60_000;
const VERDICTS_KEPT = 1_024;
/** A change of the file is noticed within this. */
const LOOK_AGAIN_MS = 1_000;

/** The users of a file, which may change at any time. */
export class Users {
  /** Names the proofs seen without keeping them: a password stays nowhere. */
  readonly #secret = randomBytes(32);
  readonly #verdicts = new RecentMap<string, Verdict>(VERDICTS_KEPT);
  #users: ReadonlyMap<string, KnownUser>;
  #version: string;
  #lookedAtMs = performance.now();

  /**
   * @param onProblem told when a changed file cannot be used; those known before stay known
   * @throws UnusableUsers when it cannot be used or names nobody
   */
  constructor(
    private readonly path: string,
    private readonly onProblem: (error: Error) => void,
  ) {
    this.#version = versionOf(path);
    this.#users = byName(path);
  }

  /** The user who has this name and password; undefined if nobody has. */
  signIn(name: string, password: string): Promise<User | undefined> {
    const nowMs = performance.now();
    if (nowMs - this.#lookedAtMs > LOOK_AGAIN_MS) this.#lookAgain(nowMs);
    const proof = createHmac('sha256', this.#secret).update(`${name}:${password}`).digest('base64');
    const known = this.#verdicts.get(proof);
    if (known !== undefined && known.untilMs > nowMs) return known.user;
    const user = this.#judge(name, password);
    this.#verdicts.set(proof, { user, untilMs: nowMs + VERDICT_MS });
    return user;
  }

  async #judge(name: string, password: string): Promise<User | undefined> {
    const user = this.#users.get(name);
    const right = await isPassword(password, user?.password ?? NO_PASSWORD);
    return right ? user : undefined;
  }

  #lookAgain(nowMs: number): void {
    this.#lookedAtMs = nowMs;
    const version = versionOf(this.path);
    if (version === this.#version) return;
    this.#version = version;
    try {
      this.#users = byName(this.path);
      this.#verdicts.clear();
    } catch (error) {
      this.onProblem(error instanceof Error ? error : new Error(String(error)));
    }
  }
}

/** The file is replaced as a whole by whoever changes it. */
function versionOf(path: string): string {
  const { ino, size, mtimeMs } = statSync(path, { throwIfNoEntry: false }) ?? { ino: 0, size: 0, mtimeMs: 0 };
  return `${ino} ${size} ${mtimeMs}`;
}

function byName(path: string): ReadonlyMap<string, KnownUser> {
  const users = readUsers(path);
  if (users.length === 0) throw new UnusableUsers(`there is no user in ${path} yet`);
  return new Map(users.map((user) => [user.name, user]));
}
