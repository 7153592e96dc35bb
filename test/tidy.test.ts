import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** The floors of ARCHITECTURE.md, lowest first. An import goes to a lower floor or stays in its own room. */
const FLOORS: readonly (readonly string[])[] = [
  ['domain'],
  ['ports'],
  ['streams'],
  ['commands', 'queries', 'projections'],
  ['adapters', 'http'],
  ['app'],
];
/** Programs that only know the public HTTP API. */
const OUTSIDERS = ['cli'];
/** One file a process. */
const ENTRIES = ['main.ts', 'projector.ts', 'erp-poster.ts', 'eventstore.ts', 'import.ts'];
/** What the domain may use: values and hashes, nothing that does I/O. */
const DOMAIN_PACKAGES = ['immutable', 'node:crypto'];
const READERS_OF_ENVIRONMENT = ['app/config.ts', 'app/run.ts', 'cli/import/settings.ts'];
/** Adapters that only tests choose. */
const FOR_TESTS = [
  'adapters/event-store/memory/memory-event-store.ts',
  'adapters/event-bus/memory/memory-event-bus.ts',
];
const MAX_LINES = 300;

interface SourceFile {
  /** Below src, e.g. `domain/stock/decide.ts`. */
  readonly path: string;
  readonly text: string;
  readonly imports: readonly string[];
  /** Files that it starts as a process or thread of their own. */
  readonly starts: readonly string[];
}

function filesBelow(folder: string, ending: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((path) => path.endsWith(ending));
}

const sources: readonly SourceFile[] = filesBelow('src', '.ts').map((path) => {
  const text = readFileSync(join('src', path), 'utf8');
  const imports = [...text.matchAll(/(?:\bfrom\s|\bimport\s|\bimport\(|require\()\s*'([^']+)'/g)].map(
    (match) => match[1] ?? '',
  );
  const starts = [...text.matchAll(/new URL\('([^']+\.js)'/g)].map((match) => match[1] ?? '');
  return { path, text, imports, starts };
});

const isRelative = (specifier: string): boolean => specifier.startsWith('.');
const target = (file: SourceFile, specifier: string): string =>
  normalize(join(dirname(file.path), specifier)).replace(/\.js$/, '.ts');

/** The folder that rules apply to: an adapter's port, a projection, otherwise the top folder. */
function roomOf(path: string): string {
  const [top = '', second = ''] = path.split('/');
  return top === 'adapters' ? `${top}/${second}` : top;
}

const floorOf = (path: string): number => {
  const top = path.split('/')[0] ?? '';
  return ENTRIES.includes(path) ? FLOORS.length : FLOORS.findIndex((rooms) => rooms.includes(top));
};

describe('the structure', () => {
  it('has every file on a floor', () => {
    const homeless = sources.filter(
      ({ path }) => floorOf(path) === -1 && !OUTSIDERS.includes(path.split('/')[0] ?? ''),
    );
    expect(homeless.map(({ path }) => path)).toEqual([]);
  });

  it('has imports that go down, never up or sideways', () => {
    const wrong: string[] = [];
    for (const file of sources) {
      for (const specifier of file.imports.filter(isRelative)) {
        const to = target(file, specifier);
        const sameRoom = roomOf(to) === roomOf(file.path);
        const outsider = ENTRIES.includes(file.path) && OUTSIDERS.includes(roomOf(to));
        // Adapters of different ports may share what lies beside the rooms.
        const shared = file.path.startsWith('adapters/') && to.split('/').length === 2;
        const down = floorOf(file.path) > floorOf(to) && floorOf(to) !== -1;
        if (!sameRoom && !outsider && !shared && !down) wrong.push(`${file.path} -> ${to}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('keeps the domain pure', () => {
    const impure = sources
      .filter(({ path }) => path.startsWith('domain/'))
      .flatMap(({ path, imports }) => imports.filter((one) => !isRelative(one)).map((one) => ({ path, one })))
      .filter(({ one }) => !DOMAIN_PACKAGES.includes(one));
    expect(impure).toEqual([]);
    const clocks = sources.filter(
      ({ path, text }) => path.startsWith('domain/') && /Date\.now\(|new Date\(\)|Math\.random|randomUUID/.test(text),
    );
    expect(clocks.map(({ path }) => path)).toEqual([]);
  });

  it('reads the environment in one place a program', () => {
    const readers = sources.filter(({ text }) => text.includes('process.env')).map(({ path }) => path);
    expect(readers.filter((path) => !READERS_OF_ENVIRONMENT.includes(path))).toEqual([]);
  });

  it('names SQLite in one place a program, for the day the standard library replaces it', () => {
    const naming = sources.filter(({ imports }) => imports.includes('@photostructure/sqlite')).map(({ path }) => path);
    expect(naming.sort()).toEqual(['adapters/sqlite.ts', 'cli/import/ordinals.ts']);
  });

  it('has no file that nobody uses', () => {
    const used = new Set(
      sources.flatMap((file) => [...file.imports.filter(isRelative), ...file.starts].map((one) => target(file, one))),
    );
    const dead = sources
      .map(({ path }) => path)
      .filter((path) => !used.has(path) && ![...ENTRIES, ...FOR_TESTS].includes(path));
    expect(dead).toEqual([]);
  });

  it('imports files that are there', () => {
    const there = new Set(sources.map(({ path }) => path));
    const missing = sources.flatMap((file) =>
      file.imports
        .filter(isRelative)
        .map((one) => target(file, one))
        .filter((path) => !there.has(path)),
    );
    expect(missing).toEqual([]);
  });

  it('has short files', () => {
    const long = sources
      .map(({ path, text }) => ({ path, lines: text.split('\n').length }))
      .filter(({ lines }) => lines > MAX_LINES);
    expect(long).toEqual([]);
  });

  it('has tests that all run', () => {
    const skipping = filesBelow('test', '.ts')
      .filter((path) => path !== relative('test', 'test/tidy.test.ts'))
      .filter((path) => /\.(skip|only|todo|skipIf|runIf)\b/.test(readFileSync(join('test', path), 'utf8')));
    expect(skipping).toEqual([]);
  });
});
