import { InvalidErpSetting, needed, type Settings, wholeNumber } from '../invalid-setting.js';

export interface NatsSettings {
  /** `nats://user:password@host:4222`, several parted by commas. */
  readonly url: string;
  /** How long one answer of the server may take. */
  readonly timeoutMs: number;
  /** Most postings of a call; those of one SKU and location are published one by one all the same. */
  readonly batchLimit: number;
  /** Most calls at a time. */
  readonly parallel: number;
}

/** Reads `NATS_URL`, `ERP_TIMEOUT_MS`, `ERP_BATCH_LIMIT`, `ERP_PARALLEL`. @throws InvalidErpSetting */
export function readNatsSettings(settings: Settings): NatsSettings {
  return {
    url: urlOf(needed(settings, 'NATS_URL', 'nats')),
    timeoutMs: wholeNumber(settings, 'ERP_TIMEOUT_MS', { least: 100, most: 300_000, unset: 5_000 }),
    batchLimit: wholeNumber(settings, 'ERP_BATCH_LIMIT', { least: 1, most: 1_000, unset: 200 }),
    parallel: wholeNumber(settings, 'ERP_PARALLEL', { least: 1, most: 32, unset: 8 }),
  };
}

function urlOf(text: string): string {
  const isServer = (server: string) => /^(nats|tls):\/\//.test(server) && URL.canParse(server);
  if (text.split(',').every(isServer)) return text;
  throw new InvalidErpSetting('NATS_URL must be nats://host:4222 or tls://host:4222, several parted by commas.');
}
