import { type Acl, type AclKey, parseAcl } from '../storage/acl.js';
import { columnToText } from '../storage/column.js';
import type { EventLog } from '../storage/event-log.js';
import { isMetastream, originalOf } from '../storage/streams.js';
import { ADMINS, type User } from '../users/user.js';
import { type Action, ALL_STREAM } from './access.js';

/** Written to by whoever sets the general rules: `{"$userStreamAcl": {...}, "$systemStreamAcl": {...}}`. */
const SETTINGS_STREAM = '$settings';
const SYSTEM_PREFIX = '$';
/** In a list of names: every user. */
const EVERY_USER = '$all';

interface GeneralRules {
  readonly userStreams: Acl;
  readonly systemStreams: Acl;
}

const DEFAULT_RULES = {
  userStreams: [EVERY_USER],
  systemStreams: [ADMINS],
} as const satisfies Record<keyof GeneralRules, readonly string[]>;
const NO_RULES: GeneralRules = { userStreams: {}, systemStreams: {} };

/** Who may do what with which stream: by its own list, else by the settings, else by the default. */
export class Permissions {
  #rules = NO_RULES;
  #rulesRevision = -1;

  constructor(private readonly log: EventLog) {}

  allows(user: User, action: Action, stream: string): boolean {
    const name = stream === '' ? ALL_STREAM : stream;
    if (name === ALL_STREAM && action !== 'read') return false;
    if (!isMetastream(name)) return this.#mayDo(user, KEYS[action], name);
    const key = METADATA_KEYS[action];
    return key !== undefined && this.#mayDo(user, key, originalOf(name));
  }

  #mayDo(user: User, key: AclKey, stream: string): boolean {
    if (user.groups.includes(ADMINS)) return true;
    const { streams } = this.log;
    const kind = stream.startsWith(SYSTEM_PREFIX) ? 'systemStreams' : 'userStreams';
    const state = streams.state(stream);
    // What a tombstone ended has no list of its own any more.
    const acl = streams.isTombstoned(state) ? undefined : streams.metadata(state).acl;
    const roles = acl?.[key] ?? this.#settings()[kind][key] ?? DEFAULT_RULES[kind];
    return roles.some((role) => role === EVERY_USER || role === user.name || user.groups.includes(role));
  }

  #settings(): GeneralRules {
    const state = this.log.streams.state(SETTINGS_STREAM);
    const { lastRevision } = state;
    if (lastRevision !== this.#rulesRevision) {
      const last = this.log.streamUnbounded(state, lastRevision, { events: 1, bytes: 1 }).events[0];
      this.#rules = last === undefined ? NO_RULES : parseRules(columnToText(last.data));
      this.#rulesRevision = lastRevision;
    }
    return this.#rules;
  }
}

const KEYS: Readonly<Record<Action, AclKey>> = { read: '$r', append: '$w', delete: '$d' };
/** Nobody deletes a metadata stream. */
const METADATA_KEYS: Readonly<Record<Action, AclKey | undefined>> = { read: '$mr', append: '$mw', delete: undefined };

const NO_LISTS = [
  ['$userStreamAcl', {}],
  ['$systemStreamAcl', {}],
] as const;

/** Settings that are not as they should be count as none, in whole. */
function parseRules(text: string): GeneralRules {
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value !== 'object' || value === null) return NO_RULES;
    const members = new Map<string, unknown>([...NO_LISTS, ...Object.entries(value)]);
    const userStreams = parseAcl(members.get('$userStreamAcl'));
    const systemStreams = parseAcl(members.get('$systemStreamAcl'));
    return userStreams === undefined || systemStreams === undefined ? NO_RULES : { userStreams, systemStreams };
  } catch {
    return NO_RULES;
  }
}
