/** What one may be allowed on a stream: read, write, delete, and read or write its metadata. */
export type AclKey = '$r' | '$w' | '$d' | '$mr' | '$mw';

/** Names of the users and groups that may; where nothing is said the general rule holds. */
export type Acl = Partial<Readonly<Record<AclKey, readonly string[]>>>;

const KEYS: readonly string[] = ['$r', '$w', '$d', '$mr', '$mw'] satisfies AclKey[];

/** Undefined if it is not as it should be. */
export function parseAcl(value: unknown): Acl | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const acl: Record<string, readonly string[]> = {};
  for (const [key, said] of Object.entries(value)) {
    const roles: unknown = typeof said === 'string' ? [said] : said;
    if (!KEYS.includes(key) || !isTexts(roles)) return undefined;
    acl[key] = roles;
  }
  return acl;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((one) => typeof one === 'string');
}
