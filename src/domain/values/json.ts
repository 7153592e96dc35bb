/** What JSON can carry: no bigint, no Date, no undefined, so that an event serialises the same everywhere. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}
