import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../../src/http/body/strict-json.js';

/** JSON with everything in its strings that means something outside them. */
const strings = fc.oneof(
  fc.string(),
  fc.string({ unit: fc.constantFrom('"', '\\\\', ':', '{', ',', 'a', '\\n', '\u00e9') }),
);
const keys = strings.filter((key) => !['__proto__', 'constructor', 'prototype'].includes(key));
const { value: json } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.oneof(
      strings,
      fc.integer(),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.boolean(),
      fc.constant(null),
    ),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(keys, tie('value'), { maxKeys: 4 }),
  ),
}));

describe('strict JSON', () => {
  it('is what JSON.parse makes of it, spaced or not', () => {
    fc.assert(
      fc.property(json, fc.constantFrom(0, 2), (value, indent) => {
        const text = JSON.stringify(value, null, indent);
        expect(parseStrictJson(text)).toEqual(JSON.parse(text));
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses a key that stands twice in one object, however deep and however it is written', () => {
    fc.assert(
      fc.property(keys, json, json, json, (key, one, other, around) => {
        const written = JSON.stringify(key);
        const escaped = `"${[...key].map((char) => [...char].map(unicodeEscape).join('')).join('')}"`;
        for (const again of [written, escaped]) {
          const twice = `{${written}:${JSON.stringify(one)},${again}:${JSON.stringify(other)}}`;
          expect(() => parseStrictJson(`{"around":${JSON.stringify(around)},"in":[${twice}]}`)).toThrow(/twice|deeper/);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  it('refuses keys that touch prototypes and nesting without end', () => {
    expect(() => parseStrictJson('{"a":[{"\\u005f_proto__":1}]}')).toThrow(/__proto__/);
    expect(() => parseStrictJson(`${'['.repeat(18)}${']'.repeat(18)}`)).toThrow(/deeper/);
    expect(parseStrictJson(`${'['.repeat(16)}${']'.repeat(16)}`)).toBeInstanceOf(Array);
  });
});

function unicodeEscape(char: string): string {
  const units = Array.from({ length: char.length }, (_, index) => char.charCodeAt(index));
  return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('');
}
