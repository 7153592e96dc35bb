import { randomBytes } from 'node:crypto';
import { linkSync, mkdirSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { Access, type Principal, type Scope } from '../../ports/access.js';

const READ: Scope[] = ['availability:read'];
const POSTINGS: Scope[] = ['postings:read', 'postings:write'];

/** What each generated key may do. */
const ROLES = {
  storefront: [...READ, 'reservations:write'],
  store: [...READ, 'movements:write', 'reservations:write'],
  auditor: [...READ, 'audit:read', 'postings:read'],
  erp: POSTINGS,
  operator: [...READ, 'reservations:write', 'movements:write', 'audit:read', ...POSTINGS, 'policies:write', 'admin'],
} as const satisfies Record<string, readonly Scope[]>;

export type Role = keyof typeof ROLES;
export type Keys = Readonly<Record<Role, string>>;

const ROLE_NAMES = Object.keys(ROLES) as Role[];

/** One key a role, kept in a file as plain bearer strings; made once, the same after every restart. */
export class KeysFile extends Access {
  private readonly principals: ReadonlyMap<string, Principal>;

  private constructor(
    readonly keys: Keys,
    /** True when the file was made just now. */
    readonly isNew: boolean,
  ) {
    super();
    this.principals = new Map(
      ROLE_NAMES.map((role) => [keys[role], { name: role, scopes: new Set<Scope>(ROLES[role]), locations: '*' }]),
    );
  }

  static open(path: string): KeysFile {
    const text = readIfThere(path);
    if (text !== undefined) return new KeysFile(parse(path, text), false);
    const keys = Object.fromEntries(ROLE_NAMES.map((role) => [role, newKey(role)])) as Keys;
    mkdirSync(dirname(path), { recursive: true });
    const isNew = writeOnce(path, `${JSON.stringify(keys, null, 2)}\n`);
    return new KeysFile(parse(path, readFileSync(path, 'utf8')), isNew);
  }

  principalOf(token: string): Principal | undefined {
    return this.principals.get(token);
  }
}

/** Two instances may start at once on one file: the first to link it wins, and both find it whole. */
function writeOnce(path: string, text: string): boolean {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, text, { mode: 0o600 });
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  } finally {
    unlinkSync(draft);
  }
}

const newKey = (role: Role): string => `sf_${role}_${randomBytes(24).toString('base64url')}`;

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

function parse(path: string, text: string): Keys {
  const mend = `Mend it, or remove it to have new keys made.`;
  let keys: Record<string, unknown>;
  try {
    keys = JSON.parse(text);
  } catch {
    throw new Error(`${path} is not JSON. ${mend}`);
  }
  const missing = ROLE_NAMES.filter((role) => typeof keys[role] !== 'string' || String(keys[role]).length < 16);
  if (missing.length > 0)
    throw new Error(`${path} has no key of 16 or more characters for: ${missing.join(', ')}. ${mend}`);
  return keys as Keys;
}
