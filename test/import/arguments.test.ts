import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readCommandLine } from '../../src/cli/import/settings.js';
import { runImport } from './cli.js';
import { ExportFolder, TILL_EXPORT } from './export-file.js';
import { StandIn } from './stand-in.js';

let folder: ExportFolder;
beforeAll(async () => {
  folder = await ExportFolder.make();
});
afterAll(() => folder.remove());

describe('the command line of the import', () => {
  it.each([
    ['name the file', []],
    ['one file at a time', [TILL_EXPORT, 'other.csv']],
    ['--url "localhost"', [TILL_EXPORT, '--url', 'localhost']],
    ['--url "ftp://x"', [TILL_EXPORT, '--url', 'ftp://x']],
    ['--opening "0"', [TILL_EXPORT, '--opening', '0']],
    ['--opening "1.5"', [TILL_EXPORT, '--opening', '1.5']],
    ['--opening "1000000001"', [TILL_EXPORT, '--opening', '1000000001']],
    ['--currency "pounds"', [TILL_EXPORT, '--currency', 'pounds']],
    ['--time-zone "Here"', [TILL_EXPORT, '--time-zone', 'Here']],
    ['--patience-seconds "long"', [TILL_EXPORT, '--patience-seconds', 'long']],
    ['--key', [TILL_EXPORT, '--key', 'two\nlines']],
    ['--batch', [TILL_EXPORT, '--batch', '10']],
  ])('says what is wrong: %s', (message, args) => {
    const read = readCommandLine(args, { KEYS_FILE: '/nonexistent' });
    expect(read).toMatchObject({ kind: 'wrong', message: expect.stringContaining(message) });
  });

  it('defaults to the service on this machine, pounds and London time', () => {
    expect(readCommandLine([TILL_EXPORT, '--key', 'k'], {})).toMatchObject({
      kind: 'run',
      settings: {
        url: new URL('http://127.0.0.1:3000/'),
        currency: 'GBP',
        timeZone: 'Europe/London',
        opening: undefined,
        patienceMs: 60_000,
      },
    });
  });

  it.each([
    [{ HOST: '0.0.0.0', PORT: '8080' }, 'http://127.0.0.1:8080/'],
    [{ HOST: '::1' }, 'http://[::1]:3000/'],
    [{ HOST: 'stock.example' }, 'http://stock.example:3000/'],
  ])('takes address and port from where the service does: %j', (env, url) => {
    expect(readCommandLine([TILL_EXPORT, '--key', 'k'], env)).toMatchObject({ settings: { url: new URL(url) } });
  });

  it('ends with 2 and the way out when an argument is wrong', async () => {
    const run = await runImport([TILL_EXPORT, '--opening', 'some', '--key', 'k']);
    expect(run).toMatchObject({ code: 2, stdout: '' });
    expect(run.stderr).toMatch(/--opening "some".*\n.*--help/);
  });

  it('ends with 2 when there is no key to be found, and says where it looked', async () => {
    const run = await runImport([TILL_EXPORT], { DATA_DIR: folder.path });
    expect(run.code).toBe(2);
    expect(run.stderr).toContain(`${folder.path}/keys.json`);
  });

  it('prints its help', async () => {
    const run = await runImport(['--help']);
    expect(run).toMatchObject({ code: 0, stderr: '' });
    expect(run.stdout).toContain('--opening N');
  });

  it('finds the key and the service of this data folder by itself', async () => {
    const service = new StandIn();
    await service.start();
    await folder.write('keys.json', JSON.stringify({ store: 'key-of-the-store', storefront: 'another' }));
    const run = await runImport([TILL_EXPORT], { DATA_DIR: folder.path, PORT: new URL(service.url).port });
    await service.stop();
    expect(run.code).toBe(0);
    expect(service.keys).toEqual(new Set(['Bearer key-of-the-store']));
  });
});
