/** A setting of a connector that cannot be used; the message says what to do. */
export class InvalidErpSetting extends Error {
  override readonly name = 'InvalidErpSetting';
}

export type Settings = Readonly<Record<string, string | undefined>>;

/** @throws InvalidErpSetting when it is not set */
export function needed(settings: Settings, name: string, connector: string): string {
  const text = settings[name];
  if (text === undefined || text === '') throw new InvalidErpSetting(`ERP_CONNECTOR=${connector} needs ${name}.`);
  return text;
}

/** @throws InvalidErpSetting unless it is a whole number of that range, or not set */
export function wholeNumber(
  settings: Settings,
  name: string,
  { least, most, unset }: { readonly least: number; readonly most: number; readonly unset: number },
): number {
  const text = settings[name];
  if (text === undefined || text === '') return unset;
  const value = Number(text);
  if (/^\d+$/.test(text) && value >= least && value <= most) return value;
  throw new InvalidErpSetting(`${name} must be a whole number from ${least} to ${most}; it is "${text}".`);
}
