/** A setting that cannot be used; the message says what to do. */
export class InvalidSetting extends Error {
  override readonly name = 'InvalidSetting';
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** An empty setting is one that is not set. */
export const optional = (value: string | undefined): string | undefined => (value === '' ? undefined : value);

/** @throws InvalidSetting */
export function urlOf(name: string, text: string, schemes: readonly string[]): string {
  if (schemes.some((scheme) => text.startsWith(`${scheme}//`))) return text;
  throw new InvalidSetting(
    `${name} must start with ${schemes.map((scheme) => `${scheme}//`).join(' or ')}; it is "${text}".`,
  );
}
