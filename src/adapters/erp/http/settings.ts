import { InvalidErpSetting, needed, type Settings, wholeNumber } from '../invalid-setting.js';

export interface HttpSettings {
  /** Where the integrator's paths begin; without a slash at its end. */
  readonly url: string;
  /** Shared with the integrator; signs every request. */
  readonly secret: string;
  /** How long one request may take. */
  readonly timeoutMs: number;
  /** Most postings in a request. */
  readonly batchLimit: number;
  /** Most requests at a time. */
  readonly parallel: number;
}

const LEAST_SECRET_LENGTH = 32;

/** Reads `ERP_URL`, `ERP_SECRET`, `ERP_TIMEOUT_MS`, `ERP_BATCH_LIMIT`, `ERP_PARALLEL`. @throws InvalidErpSetting */
export function readHttpSettings(settings: Settings): HttpSettings {
  return {
    url: urlOf(needed(settings, 'ERP_URL', 'http')),
    secret: secretOf(needed(settings, 'ERP_SECRET', 'http')),
    timeoutMs: wholeNumber(settings, 'ERP_TIMEOUT_MS', { least: 100, most: 300_000, unset: 15_000 }),
    batchLimit: wholeNumber(settings, 'ERP_BATCH_LIMIT', { least: 1, most: 1_000, unset: 100 }),
    parallel: wholeNumber(settings, 'ERP_PARALLEL', { least: 1, most: 32, unset: 4 }),
  };
}

function urlOf(text: string): string {
  if (!URL.canParse(text)) throw new InvalidErpSetting('ERP_URL must be a URL such as https://erp.example/stockfold.');
  const { protocol, hostname, username, password, search, hash, href } = new URL(text);
  if (protocol !== 'https:' && !(protocol === 'http:' && isLoopback(hostname))) {
    throw new InvalidErpSetting(`ERP_URL must start with https://, or with http:// on this machine alone.`);
  }
  if (username !== '' || password !== '') {
    throw new InvalidErpSetting('ERP_URL must not hold credentials: requests are signed with ERP_SECRET.');
  }
  if (search !== '' || hash !== '') throw new InvalidErpSetting('ERP_URL must end with its path: no ? and no #.');
  return href.replace(/\/+$/, '');
}

const isLoopback = (hostname: string): boolean =>
  hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);

/** The text itself is never shown. */
function secretOf(text: string): string {
  if (text.length >= LEAST_SECRET_LENGTH) return text;
  throw new InvalidErpSetting(`ERP_SECRET must have at least ${LEAST_SECRET_LENGTH} characters, chosen at random.`);
}
